import gc
import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "jasenpalvelu.settings")

application = get_wsgi_application()

# What the program itself consists of never becomes garbage, so it need not be gone through at every collection.
gc.collect()
gc.freeze()
gc.set_threshold(20_000, 20, 20)
