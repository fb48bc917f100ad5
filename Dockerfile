# syntax=docker/dockerfile:1
FROM python:3.12-slim AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PYTHONDONTWRITEBYTECODE=1
RUN python -m venv /opt/venv
ENV PATH=/opt/venv/bin:$PATH
COPY requirements.txt /tmp/
RUN pip install --require-hashes -r /tmp/requirements.txt
COPY . /app
WORKDIR /app
# Compiled catalogues and collected static files belong to the image. The addresses are not used while building.
RUN python -m jasenpalvelu.common.catalogues \
    && DATABASE_URL=postgres://none REDIS_URL=redis://none SECRET_KEY=only-for-building \
       STATIC_ROOT=/app/collected python manage.py collectstatic --no-input --verbosity 0 \
    && rm -rf var tests

FROM python:3.12-slim
RUN apt-get update \
    && apt-get install -y --no-install-recommends \
       libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 libvoikko1 voikko-fi \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 --home-dir /app --shell /usr/sbin/nologin jasenpalvelu \
    && install -d -o jasenpalvelu -m 0700 /data
COPY --from=build /opt/venv /opt/venv
COPY --from=build /app /app
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    VAR_DIR=/data \
    STATIC_ROOT=/app/collected
WORKDIR /app
USER jasenpalvelu
EXPOSE 8000
CMD ["gunicorn", "jasenpalvelu.wsgi", "--bind", "0.0.0.0:8000", "--workers", "3", "--threads", "4", \
     "--worker-tmp-dir", "/dev/shm", "--no-control-socket", "--max-requests", "5000", "--max-requests-jitter", "500"]
