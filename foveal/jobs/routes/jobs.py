"""Routes of jobs: list, one, stop, start again."""

from foveal.access.caller import Role
from foveal.api.documentation import NEXT_TOKEN, Page, documented
from foveal.api.gateway import Api, Request, Response
from foveal.catalog.keyset import limit_of
from foveal.catalog.routes.conditions import limit_parameter, project_of
from foveal.errors import AccessDenied, Conflict, NoSuchJob, NoSuchProject
from foveal.jobs import store
from foveal.jobs.routes.answers import Job
from foveal.jobs.routes.services import Services, job_for

_DEFAULT_PAGE = 50


def add(api: Api, services: Services) -> None:
    """Serve the routes of jobs."""

    @api.route("GET /v1/projects/{project}/jobs")
    @documented(
        query={"limit": limit_parameter(store.MAX_PAGE, _DEFAULT_PAGE), "next_token": NEXT_TOKEN},
        answer=Page[Job],
        problems=(NoSuchProject,),
    )
    def list_jobs(request: Request) -> Response:
        """Return the jobs of a project, newest first."""
        project, limit = project_of(request), limit_of(request.query, _DEFAULT_PAGE, store.MAX_PAGE)
        token = request.query.get("next_token")
        return Response(store.page(services.database(), services.token_key(), project, limit, token))

    @api.route("GET /v1/jobs/{job_id}")
    @documented(answer=Job, problems=(NoSuchJob,))
    def get_job(request: Request) -> Response:
        """Return a job with its progress and, at its end, its result or its failure."""
        return Response(store.public(job_for(services, request.caller, request.path["job_id"], Role.VIEWER)))

    @api.route("DELETE /v1/jobs/{job_id}")
    @documented(answer=Job, status=202, problems=(NoSuchJob, AccessDenied))
    def stop_job(request: Request) -> Response:
        """Ask a job to stop after the range that it is at.

        What it has finished stays. `POST /v1/jobs/{job_id}/start` (`POST /v1/imports/{import_id}/start` for an import)
        goes on behind it. A job that has ended is returned as it is.
        """
        job = job_for(services, request.caller, request.path["job_id"], Role.EDITOR)
        return Response(store.public(store.stop(services.database(), job)), 202)

    @api.route("POST /v1/jobs/{job_id}/start")
    @documented(answer=Job, status=202, problems=(NoSuchJob, AccessDenied, Conflict))
    def start_job(request: Request) -> Response:
        """Start an export or a version again that was stopped, or an export that failed.

        It goes on behind what it has finished. A job that is at work or complete is returned as it is. Imports are
        started by `POST /v1/imports/{import_id}/start`.
        """
        job = job_for(services, request.caller, request.path["job_id"], Role.EDITOR)
        job = store.restart(services.database(), job)
        if job["state"] == "queued":
            services.start(job["_id"])
        return Response(store.public(job), 202)
