"""Routes of imports: begin, start, look at, undo."""

from collections.abc import Callable

from foveal.access.caller import Caller, Role
from foveal.api.documentation import NEXT_TOKEN, Page, documented
from foveal.api.gateway import Api, Request, Response
from foveal.catalog.author import Author
from foveal.catalog.keyset import limit_of
from foveal.catalog.routes.conditions import limit_parameter, project_of
from foveal.database.client import Document
from foveal.database.stored_documents import ImportDocument
from foveal.errors import AccessDenied, Conflict, NoSuchImport, NoSuchProject, Unprocessable
from foveal.imports import links, starting, store
from foveal.imports.bucket import store as bucket_store
from foveal.imports.routes.answers import BegunImport, Import, StartedImport
from foveal.imports.store import ImportRequest, StartRequest
from foveal.jobs import store as jobs
from foveal.jobs.routes.services import Services
from foveal.objects.buckets import Buckets

_DEFAULT_PAGE = 50


def add(api: Api, services: Services, buckets: Callable[[], Buckets]) -> None:
    """Serve the routes of imports."""

    def import_for(caller: Caller, import_id: str, role: Role) -> ImportDocument:
        stored = store.get(services.database(), import_id)
        caller.require(stored["project"], role, lambda: NoSuchImport("There is no such import."))
        return stored

    def shown(stored: ImportDocument) -> Document:
        public = store.public(stored)
        if "report_key" in stored:
            public["report_url"] = links.download_url(services.bucket().bucket, stored["report_key"], "report.jsonl")
        return public

    @api.route("POST /v1/projects/{project}/imports")
    @documented(
        body=ImportRequest,
        answer=BegunImport,
        status=201,
        problems=(NoSuchProject, AccessDenied, Unprocessable),
    )
    def begin_import(request: Request) -> Response:
        """Begin an import: announce label files, and get a ticket to upload each; or name a bucket (`source`).

        Nothing is read before `POST /v1/imports/{import_id}/start`. Only admins name a `label_schema` or a bucket. A
        bucket has to be one that the stage reads.
        """
        project, body = project_of(request, Role.EDITOR), request.parse(ImportRequest)
        if body.label_schema is not None or body.source is not None:
            project_of(request, Role.ADMIN)
        author = Author.now(request.caller.subject)
        if body.source is not None:
            stored = bucket_store.create(services.database(), buckets(), project, author, body.source)
        else:
            stored = store.create(services.database(), project, author, body)
        tickets = links.upload_tickets(services.bucket().bucket, stored)
        return Response({"import": shown(stored), "uploads": tickets}, 201)

    @api.route("GET /v1/projects/{project}/imports")
    @documented(
        query={"limit": limit_parameter(store.MAX_PAGE, _DEFAULT_PAGE), "next_token": NEXT_TOKEN},
        answer=Page[Import],
        problems=(NoSuchProject,),
    )
    def list_imports(request: Request) -> Response:
        """Return the imports of a project, newest first."""
        project, limit = project_of(request), limit_of(request.query, _DEFAULT_PAGE, store.MAX_PAGE)
        token = request.query.get("next_token")
        return Response(store.page(services.database(), services.token_key(), project, limit, token))

    @api.route("GET /v1/imports/{import_id}")
    @documented(answer=Import, problems=(NoSuchImport,))
    def get_import(request: Request) -> Response:
        """Return an import with its counts, its open questions and its report."""
        return Response(shown(import_for(request.caller, request.path["import_id"], Role.VIEWER)))

    @api.route("POST /v1/imports/{import_id}/start")
    @documented(
        body=StartRequest,
        is_body_required=False,
        answer=StartedImport,
        status=202,
        problems=(NoSuchImport, AccessDenied, Conflict),
    )
    def start_import(request: Request) -> Response:
        """Read the files of an import: a dry run counts and asks, otherwise their annotations are written.

        An import that was stopped or failed goes on behind what it has finished.
        """
        stored = import_for(request.caller, request.path["import_id"], Role.EDITOR)
        body = request.parse(StartRequest) if request.has_body else StartRequest()
        author = Author.now(request.caller.subject)
        if "source" in stored:
            queued = bucket_store.start(services.database(), stored, body, author)
        else:
            queued = [starting.start(services.database(), stored, body, author)]
        for job in queued:
            services.start(job["_id"])
        job = queued[0]
        return Response({"import": shown(store.get(services.database(), stored["_id"])), "job": jobs.public(job)}, 202)

    @api.route("DELETE /v1/imports/{import_id}")
    @documented(answer=StartedImport, status=202, problems=(NoSuchImport, AccessDenied, Conflict))
    def undo_import(request: Request) -> Response:
        """Undo an import: delete its annotations that nobody has edited since, and take back its marks "reviewed".

        Its files are deleted too. The history of the annotations, the label schema and the report stay. Of the import
        of a bucket, which admins undo, the assets leave the catalog that nobody has used since; the bucket stays as it
        is.
        """
        stored = import_for(request.caller, request.path["import_id"], Role.EDITOR)
        if "source" in stored:
            import_for(request.caller, stored["_id"], Role.ADMIN)
            bucket_store.require_undoable(buckets(), stored)
        job = starting.undo(services.database(), stored, Author.now(request.caller.subject))
        services.start(job["_id"])
        return Response({"import": shown(store.get(services.database(), stored["_id"])), "job": jobs.public(job)}, 202)
