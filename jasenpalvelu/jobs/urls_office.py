"""Under /toimisto/tyot/, in the namespace `office`."""

from django.urls import path

from jasenpalvelu.jobs import views

urlpatterns = [
    path("tyot/", views.job_list, name="jobs"),
    path("tyot/<uuid:job_id>/", views.job, name="job"),
    path("tyot/<uuid:job_id>/eteneminen/", views.progress, name="job_progress"),
    path("tyot/<uuid:job_id>/tiedosto/", views.result, name="job_result"),
    path("tyot/<uuid:job_id>/keskeyta/", views.pause_job, name="job_pause"),
    path("tyot/<uuid:job_id>/jatka/", views.resume_job, name="job_resume"),
    path("tyot/<uuid:job_id>/lopeta/", views.cancel_job, name="job_cancel"),
    path("tyot/<uuid:job_id>/uudelleen/", views.retry_job, name="job_retry"),
]
