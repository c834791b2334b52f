"""A method for each operation of the API, generated from its OpenAPI document by `python -m tools.client`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from foveal.client._sync.transport import Transport
from foveal.client.calls import ABSENT, Absent, Call

if TYPE_CHECKING:
    from foveal.client import models


class Operations:
    """Every operation of the API as it stands in the OpenAPI document; names and members are those of the wire.

    Each method raises APIError for a problem of the API and NetworkError when there was no answer.
    """

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def abort_upload(self, upload_id: str) -> None:
        """Abort an upload and its parts.

        `DELETE /v1/uploads/{upload_id}`
        """
        self._transport.send(Call("DELETE", "/v1/uploads/{upload_id}", path={"upload_id": upload_id}))

    def aggregate_assets(
        self,
        project: str,
        *,
        aggregates: dict[str, models.Aggregate],
        filter: models.And
        | models.Or
        | models.Not
        | models.Condition
        | models.Near
        | models.Within
        | models.Annotations
        | Absent
        | None = ABSENT,
        view: str | Absent | None = ABSENT,
    ) -> models.Aggregates:
        """Count, and describe how values are distributed, over the assets that a filter finds.

        `POST /v1/projects/{project}/assets/aggregate`
        """
        answer: models.Aggregates = self._transport.send(
            Call(
                "POST",
                "/v1/projects/{project}/assets/aggregate",
                path={"project": project},
                body={"filter": filter, "view": view, "aggregates": aggregates},
            )
        )
        return answer

    def begin_export(
        self,
        project: str,
        *,
        format: str,
        options: dict[str, str] | Absent = ABSENT,
        asset_ids: list[str] | Absent | None = ABSENT,
        filter: models.And
        | models.Or
        | models.Not
        | models.Condition
        | models.Near
        | models.Within
        | models.Annotations
        | Absent
        | None = ABSENT,
        view: str | Absent | None = ABSENT,
        import_id: str | Absent | None = ABSENT,
        dataset: str | Absent | None = ABSENT,
        version: int | Absent | None = ABSENT,
        fields: list[str] | Absent | None = ABSENT,
        label_schema: str | Absent | None = ABSENT,
        file_name: str | Absent | None = ABSENT,
    ) -> models.Export:
        """Write the annotations of assets into a file of another tool; `GET /v1/exports/{job_id}` has its URL.

        `POST /v1/projects/{project}/exports`
        """
        answer: models.Export = self._transport.send(
            Call(
                "POST",
                "/v1/projects/{project}/exports",
                path={"project": project},
                body={
                    "format": format,
                    "options": options,
                    "asset_ids": asset_ids,
                    "filter": filter,
                    "view": view,
                    "import_id": import_id,
                    "dataset": dataset,
                    "version": version,
                    "fields": fields,
                    "label_schema": label_schema,
                    "file_name": file_name,
                },
            )
        )
        return answer

    def begin_import(
        self,
        project: str,
        *,
        kind: Literal["labels", "bucket"] | Absent = ABSENT,
        format: str | Absent | None = ABSENT,
        field: str | Absent | None = ABSENT,
        label_schema: str | Absent | None = ABSENT,
        asset_events: bool | Absent = ABSENT,
        options: dict[str, str] | Absent = ABSENT,
        files: list[models.NewFile] | Absent = ABSENT,
        source: models.BucketSource | Absent | None = ABSENT,
    ) -> models.BegunImport:
        """Begin an import: announce label files, and get a ticket to upload each; or name a bucket (`source`).

        `POST /v1/projects/{project}/imports`
        """
        answer: models.BegunImport = self._transport.send(
            Call(
                "POST",
                "/v1/projects/{project}/imports",
                path={"project": project},
                body={
                    "kind": kind,
                    "format": format,
                    "field": field,
                    "label_schema": label_schema,
                    "asset_events": asset_events,
                    "options": options,
                    "files": files,
                    "source": source,
                },
            )
        )
        return answer

    def begin_uploads(
        self,
        project: str,
        *,
        uploads: list[dict[str, Any]],
        checksum_as_key: bool | Absent = ABSENT,
        expires_in_seconds: int | Absent | None = ABSENT,
        accelerate: bool | Absent | None = ABSENT,
    ) -> models.BegunUploads:
        """Begin 1 to 1,000 uploads; an item that fails carries its problem, and the others go on.

        `POST /v1/projects/{project}/uploads`
        """
        answer: models.BegunUploads = self._transport.send(
            Call(
                "POST",
                "/v1/projects/{project}/uploads",
                path={"project": project},
                body={
                    "uploads": uploads,
                    "checksum_as_key": checksum_as_key,
                    "expires_in_seconds": expires_in_seconds,
                    "accelerate": accelerate,
                },
            )
        )
        return answer

    def change_member(
        self, project: str, user: str, *, role: Literal["viewer", "editor", "admin"]
    ) -> models.ProjectMember:
        """Change the role of a member, who is named by `user` or e-mail address.

        `PUT /v1/projects/{project}/members/{user}`
        """
        answer: models.ProjectMember = self._transport.send(
            Call(
                "PUT",
                "/v1/projects/{project}/members/{user}",
                path={"project": project, "user": user},
                body={"role": role},
            )
        )
        return answer

    def clear_cookies(self, project: str, *, asset_id: str | Absent = ABSENT) -> None:
        """Remove the cookies of a project, or of one asset (`?asset_id=`), from the browser: sign-out.

        `DELETE /v1/projects/{project}/cookies`
        """
        self._transport.send(
            Call("DELETE", "/v1/projects/{project}/cookies", path={"project": project}, query={"asset_id": asset_id})
        )

    def compare_dataset_versions(
        self,
        project: str,
        name: str,
        version: str,
        *,
        against: int,
        limit: int | Absent = ABSENT,
        next_token: str | Absent = ABSENT,
    ) -> models.DatasetComparison:
        """Compare a version with an older one: a summary, and the differences page by page.

        `GET /v1/projects/{project}/datasets/{name}/versions/{version}/diff`
        """
        answer: models.DatasetComparison = self._transport.send(
            Call(
                "GET",
                "/v1/projects/{project}/datasets/{name}/versions/{version}/diff",
                path={"project": project, "name": name, "version": version},
                query={"against": against, "limit": limit, "next_token": next_token},
            )
        )
        return answer

    def complete_upload(self, upload_id: str, *, checksum: models.Checksum | Absent | None = ABSENT) -> models.Upload:
        """Complete an upload; the server lists the parts itself.

        `POST /v1/uploads/{upload_id}/complete`
        """
        answer: models.Upload = self._transport.send(
            Call("POST", "/v1/uploads/{upload_id}/complete", path={"upload_id": upload_id}, body={"checksum": checksum})
        )
        return answer

    def create_annotation(
        self,
        asset_id: str,
        *,
        annotation: models.Classification
        | models.Caption
        | models.Detection
        | models.Polygon
        | models.Polyline
        | models.Keypoints
        | models.InstanceMask
        | models.Segmentation
        | models.Heatmap
        | models.Ellipse
        | models.Cuboid
        | models.Cuboid3d
        | models.Temporal
        | models.Track
        | models.Regression
        | models.Geolocation,
        if_none_match: str | Absent = ABSENT,
        annotation_id: str | Absent | None = ABSENT,
        clip: bool | Absent = ABSENT,
    ) -> models.Annotation:
        """Make an annotation. An id that the project has already is 412 with what is there.

        `POST /v1/assets/{asset_id}/annotations`
        """
        answer: models.Annotation = self._transport.send(
            Call(
                "POST",
                "/v1/assets/{asset_id}/annotations",
                path={"asset_id": asset_id},
                headers={"If-None-Match": if_none_match},
                body={"annotation_id": annotation_id, "annotation": annotation, "clip": clip},
            )
        )
        return answer

    def create_dataset_version(
        self,
        project: str,
        name: str,
        *,
        description: str | Absent | None = ABSENT,
        filter: models.And
        | models.Or
        | models.Not
        | models.Condition
        | models.Near
        | models.Within
        | models.Annotations
        | Absent
        | None = ABSENT,
        view: str | Absent | None = ABSENT,
        asset_ids: list[str] | Absent | None = ABSENT,
        split: models.SplitRequest | Absent | None = ABSENT,
    ) -> models.DatasetVersion:
        """Pin assets, their bytes and their annotations as the next version of a data set.

        `POST /v1/projects/{project}/datasets/{name}/versions`
        """
        answer: models.DatasetVersion = self._transport.send(
            Call(
                "POST",
                "/v1/projects/{project}/datasets/{name}/versions",
                path={"project": project, "name": name},
                body={
                    "description": description,
                    "filter": filter,
                    "view": view,
                    "asset_ids": asset_ids,
                    "split": split,
                },
            )
        )
        return answer

    def create_project(self, *, name: str, admin_email: str) -> models.Project:
        """Create a project and invite its first admin, who invites the others; for operators of the stage.

        `POST /v1/projects`
        """
        answer: models.Project = self._transport.send(
            Call("POST", "/v1/projects", body={"name": name, "admin_email": admin_email})
        )
        return answer

    def delete(
        self, asset_id: str, *, permanent: bool | Absent = ABSENT
    ) -> models.ChangedVersion | models.DeletedForGood:
        """Delete an asset so that it can be restored; with `?permanent=true`, and by an admin only, for good.

        `DELETE /v1/assets/{asset_id}`
        """
        answer: models.ChangedVersion | models.DeletedForGood = self._transport.send(
            Call("DELETE", "/v1/assets/{asset_id}", path={"asset_id": asset_id}, query={"permanent": permanent})
        )
        return answer

    def delete_annotation(self, annotation_id: str, *, if_match: str, project: str | Absent = ABSENT) -> None:
        """Delete an annotation; its history stays, and `restore` brings it back.

        `DELETE /v1/annotations/{annotation_id}`
        """
        self._transport.send(
            Call(
                "DELETE",
                "/v1/annotations/{annotation_id}",
                path={"annotation_id": annotation_id},
                query={"project": project},
                headers={"If-Match": if_match},
            )
        )

    def delete_dataset_version(self, project: str, name: str, version: str) -> None:
        """Delete a version; what it pinned may then be deleted for good. Its number is not given again.

        `DELETE /v1/projects/{project}/datasets/{name}/versions/{version}`
        """
        self._transport.send(
            Call(
                "DELETE",
                "/v1/projects/{project}/datasets/{name}/versions/{version}",
                path={"project": project, "name": name, "version": version},
            )
        )

    def delete_version(self, asset_id: str, version_id: str) -> models.ChangedVersion:
        """Delete one version for good; by an admin only.

        `DELETE /v1/assets/{asset_id}/versions/{version_id}`
        """
        answer: models.ChangedVersion = self._transport.send(
            Call(
                "DELETE",
                "/v1/assets/{asset_id}/versions/{version_id}",
                path={"asset_id": asset_id, "version_id": version_id},
            )
        )
        return answer

    def delete_view(self, project: str, name: str, *, if_match: str | Absent = ABSENT) -> None:
        """Delete a saved view; 412 with the present state if a precondition fails.

        `DELETE /v1/projects/{project}/views/{name}`
        """
        self._transport.send(
            Call(
                "DELETE",
                "/v1/projects/{project}/views/{name}",
                path={"project": project, "name": name},
                headers={"If-Match": if_match},
            )
        )

    def edit_assets(
        self,
        project: str,
        *,
        filter: models.And
        | models.Or
        | models.Not
        | models.Condition
        | models.Near
        | models.Within
        | models.Annotations
        | Absent
        | None = ABSENT,
        view: str | Absent | None = ABSENT,
        add_tags: list[str] | Absent | None = ABSENT,
        remove_tags: list[str] | Absent | None = ABSENT,
        set_attributes: dict[str, bool | int | float | str | list[bool | int | float | str]] | Absent | None = ABSENT,
        unset_attributes: list[str] | Absent | None = ABSENT,
        next_token: str | Absent | None = ABSENT,
    ) -> models.EditedAssets:
        """Add and remove tags, set and unset attributes of all assets that a filter finds, up to 5,000 in a call.

        `POST /v1/projects/{project}/assets/edit`
        """
        answer: models.EditedAssets = self._transport.send(
            Call(
                "POST",
                "/v1/projects/{project}/assets/edit",
                path={"project": project},
                body={
                    "filter": filter,
                    "view": view,
                    "add_tags": add_tags,
                    "remove_tags": remove_tags,
                    "set_attributes": set_attributes,
                    "unset_attributes": unset_attributes,
                    "next_token": next_token,
                },
            )
        )
        return answer

    def find_duplicates(
        self,
        project: str,
        *,
        by: Literal["bytes", "near", "embedding"],
        max_distance: int | Absent = ABSENT,
        space: models.Space | Absent | None = ABSENT,
        threshold: float | Absent = ABSENT,
        filter: models.And
        | models.Or
        | models.Not
        | models.Condition
        | models.Near
        | models.Within
        | models.Annotations
        | Absent
        | None = ABSENT,
        view: str | Absent | None = ABSENT,
        limit: int | Absent = ABSENT,
    ) -> models.DuplicateGroups | models.DuplicatePairs | models.NearPicturePairs:
        """Find assets of the same bytes, or near-duplicates: by their pictures, without a model, or by embedding.

        `POST /v1/projects/{project}/assets/duplicates`
        """
        answer: models.DuplicateGroups | models.DuplicatePairs | models.NearPicturePairs = self._transport.send(
            Call(
                "POST",
                "/v1/projects/{project}/assets/duplicates",
                path={"project": project},
                body={
                    "by": by,
                    "max_distance": max_distance,
                    "space": space,
                    "threshold": threshold,
                    "filter": filter,
                    "view": view,
                    "limit": limit,
                },
            )
        )
        return answer

    def find_similar(
        self,
        project: str,
        *,
        to: models.Target,
        space: models.Space,
        filter: models.And
        | models.Or
        | models.Not
        | models.Condition
        | models.Near
        | models.Within
        | models.Annotations
        | Absent
        | None = ABSENT,
        view: str | Absent | None = ABSENT,
        limit: int | Absent = ABSENT,
    ) -> models.PageOfNeighbour:
        """Find what is most like an asset, an annotation or a vector, among what a filter lets through.

        `POST /v1/projects/{project}/assets/similar`
        """
        answer: models.PageOfNeighbour = self._transport.send(
            Call(
                "POST",
                "/v1/projects/{project}/assets/similar",
                path={"project": project},
                body={"to": to, "space": space, "filter": filter, "view": view, "limit": limit},
            )
        )
        return answer

    def get_annotation(
        self, annotation_id: str, *, project: str | Absent = ABSENT, if_none_match: str | Absent = ABSENT
    ) -> models.Annotation:
        """Return one annotation.

        `GET /v1/annotations/{annotation_id}`
        """
        answer: models.Annotation = self._transport.send(
            Call(
                "GET",
                "/v1/annotations/{annotation_id}",
                path={"annotation_id": annotation_id},
                query={"project": project},
                headers={"If-None-Match": if_none_match},
            )
        )
        return answer

    def get_asset(self, asset_id: str, *, if_none_match: str | Absent = ABSENT) -> models.Asset:
        """Return one asset.

        `GET /v1/assets/{asset_id}`
        """
        answer: models.Asset = self._transport.send(
            Call("GET", "/v1/assets/{asset_id}", path={"asset_id": asset_id}, headers={"If-None-Match": if_none_match})
        )
        return answer

    def get_client_config(
        self,
    ) -> models.ClientConfig:
        """Return how to sign in, and the limits of uploads.

        `GET /v1/client-config`
        """
        answer: models.ClientConfig = self._transport.send(Call("GET", "/v1/client-config"))
        return answer

    def get_dataset_version(self, project: str, name: str, version: str) -> models.DatasetVersion:
        """Return a version by its number, or the newest complete one as `newest`.

        `GET /v1/projects/{project}/datasets/{name}/versions/{version}`
        """
        answer: models.DatasetVersion = self._transport.send(
            Call(
                "GET",
                "/v1/projects/{project}/datasets/{name}/versions/{version}",
                path={"project": project, "name": name, "version": version},
            )
        )
        return answer

    def get_export(self, job_id: str) -> models.Export:
        """Return an export, with a signed URL of its file when it is complete.

        `GET /v1/exports/{job_id}`
        """
        answer: models.Export = self._transport.send(Call("GET", "/v1/exports/{job_id}", path={"job_id": job_id}))
        return answer

    def get_import(self, import_id: str) -> models.Import:
        """Return an import with its counts, its open questions and its report.

        `GET /v1/imports/{import_id}`
        """
        answer: models.Import = self._transport.send(
            Call("GET", "/v1/imports/{import_id}", path={"import_id": import_id})
        )
        return answer

    def get_job(self, job_id: str) -> models.Job:
        """Return a job with its progress and, at its end, its result or its failure.

        `GET /v1/jobs/{job_id}`
        """
        answer: models.Job = self._transport.send(Call("GET", "/v1/jobs/{job_id}", path={"job_id": job_id}))
        return answer

    def get_label_schema(
        self, project: str, name: str, *, revision: int | Absent = ABSENT, if_none_match: str | Absent = ABSENT
    ) -> models.LabelSchemaRevision:
        """Return a label schema.

        `GET /v1/projects/{project}/label-schemas/{name}`
        """
        answer: models.LabelSchemaRevision = self._transport.send(
            Call(
                "GET",
                "/v1/projects/{project}/label-schemas/{name}",
                path={"project": project, "name": name},
                query={"revision": revision},
                headers={"If-None-Match": if_none_match},
            )
        )
        return answer

    def get_map(self, annotation_id: str, *, project: str | Absent = ABSENT) -> str:
        """Return the values of a heatmap as JSON (a text: zlib in base64), wherever they lie.

        `GET /v1/annotations/{annotation_id}/map`
        """
        answer: str = self._transport.send(
            Call(
                "GET",
                "/v1/annotations/{annotation_id}/map",
                path={"annotation_id": annotation_id},
                query={"project": project},
            )
        )
        return answer

    def get_mask(self, annotation_id: str, *, project: str | Absent = ABSENT) -> list[int] | str:
        """Return the counts of a mask as JSON, wherever they lie.

        `GET /v1/annotations/{annotation_id}/mask`
        """
        answer: list[int] | str = self._transport.send(
            Call(
                "GET",
                "/v1/annotations/{annotation_id}/mask",
                path={"annotation_id": annotation_id},
                query={"project": project},
            )
        )
        return answer

    def get_me(
        self,
    ) -> models.Account:
        """Return who is calling, and the role in each project that the token opens.

        `GET /v1/me`
        """
        answer: models.Account = self._transport.send(Call("GET", "/v1/me"))
        return answer

    def get_openapi(
        self,
    ) -> dict[str, Any]:
        """Return this document.

        `GET /v1/openapi.json`
        """
        answer: dict[str, Any] = self._transport.send(Call("GET", "/v1/openapi.json"))
        return answer

    def get_operations(
        self,
    ) -> models.Operations:
        """Return the state of the stage: queues, raised alarms, failures of the last day, jobs; for operators.

        `GET /v1/operations`
        """
        answer: models.Operations = self._transport.send(Call("GET", "/v1/operations"))
        return answer

    def get_tiles(self, asset_id: str) -> models.TileSource:
        """Return the levels of a picture's tiles, which `GET …/content?variant=tile&z=&x=&y=` gives one by one.

        `GET /v1/assets/{asset_id}/tiles`
        """
        answer: models.TileSource = self._transport.send(
            Call("GET", "/v1/assets/{asset_id}/tiles", path={"asset_id": asset_id})
        )
        return answer

    def get_upload(self, upload_id: str) -> models.UploadProgress:
        """Return an upload, the status of its asset and its parts.

        `GET /v1/uploads/{upload_id}`
        """
        answer: models.UploadProgress = self._transport.send(
            Call("GET", "/v1/uploads/{upload_id}", path={"upload_id": upload_id})
        )
        return answer

    def get_upload_quota(self, project: str) -> models.UploadQuota:
        """Return the daily quota of a project: bytes that may be begun, that were begun today (UTC), and its reset.

        `GET /v1/projects/{project}/uploads/quota`
        """
        answer: models.UploadQuota = self._transport.send(
            Call("GET", "/v1/projects/{project}/uploads/quota", path={"project": project})
        )
        return answer

    def get_upload_states(self, project: str, *, idempotency_keys: list[str]) -> models.UploadStates:
        """Return the caller's own uploads by 1 to 1,000 idempotency keys, and the keys that are unknown.

        `POST /v1/projects/{project}/uploads/status`
        """
        answer: models.UploadStates = self._transport.send(
            Call(
                "POST",
                "/v1/projects/{project}/uploads/status",
                path={"project": project},
                body={"idempotency_keys": idempotency_keys},
            )
        )
        return answer

    def get_view(self, project: str, name: str, *, if_none_match: str | Absent = ABSENT) -> models.SavedView:
        """Return a saved view.

        `GET /v1/projects/{project}/views/{name}`
        """
        answer: models.SavedView = self._transport.send(
            Call(
                "GET",
                "/v1/projects/{project}/views/{name}",
                path={"project": project, "name": name},
                headers={"If-None-Match": if_none_match},
            )
        )
        return answer

    def invite_member(
        self, project: str, *, email: str, role: Literal["viewer", "editor", "admin"]
    ) -> models.ProjectMember:
        """Give the person with an e-mail address a role in the project.

        `POST /v1/projects/{project}/members`
        """
        answer: models.ProjectMember = self._transport.send(
            Call(
                "POST", "/v1/projects/{project}/members", path={"project": project}, body={"email": email, "role": role}
            )
        )
        return answer

    def list_annotations(
        self,
        asset_id: str,
        *,
        field: str | Absent = ABSENT,
        frame_from: int | Absent = ABSENT,
        frame_to: int | Absent = ABSENT,
        limit: int | Absent = ABSENT,
        next_token: str | Absent = ABSENT,
        if_none_match: str | Absent = ABSENT,
    ) -> models.PageOfAnnotation:
        """List the annotations of an asset; the entity tag is the asset's annotation revision.

        `GET /v1/assets/{asset_id}/annotations`
        """
        answer: models.PageOfAnnotation = self._transport.send(
            Call(
                "GET",
                "/v1/assets/{asset_id}/annotations",
                path={"asset_id": asset_id},
                query={
                    "field": field,
                    "frame_from": frame_from,
                    "frame_to": frame_to,
                    "limit": limit,
                    "next_token": next_token,
                },
                headers={"If-None-Match": if_none_match},
            )
        )
        return answer

    def list_assets(
        self,
        project: str,
        *,
        sort: Literal[
            "created_at",
            "-created_at",
            "updated_at",
            "-updated_at",
            "captured_at",
            "-captured_at",
            "size_bytes",
            "-size_bytes",
            "file_name",
            "-file_name",
        ]
        | Absent = ABSENT,
        limit: int | Absent = ABSENT,
        next_token: str | Absent = ABSENT,
        fields: str | Absent = ABSENT,
        view: str | Absent = ABSENT,
        label: str | Absent = ABSENT,
        field: str | Absent = ABSENT,
        type: Literal[
            "classification",
            "caption",
            "detection",
            "polygon",
            "polyline",
            "keypoints",
            "mask",
            "segmentation",
            "heatmap",
            "ellipse",
            "cuboid",
            "cuboid_3d",
            "temporal",
            "track",
            "regression",
            "geolocation",
        ]
        | Absent = ABSENT,
        review: Literal["accepted", "rejected", "pending", "unreviewed"] | Absent = ABSENT,
        created_by: str | Absent = ABSENT,
        updated_by: str | Absent = ABSENT,
        confidence_gte: float | Absent = ABSENT,
        status: str | Absent = ABSENT,
    ) -> models.PageOfFoundAsset:
        """Find assets by a query string, for simple cases; everything that is given must hold.

        `GET /v1/projects/{project}/assets`
        """
        answer: models.PageOfFoundAsset = self._transport.send(
            Call(
                "GET",
                "/v1/projects/{project}/assets",
                path={"project": project},
                query={
                    "sort": sort,
                    "limit": limit,
                    "next_token": next_token,
                    "fields": fields,
                    "view": view,
                    "label": label,
                    "field": field,
                    "type": type,
                    "review": review,
                    "created_by": created_by,
                    "updated_by": updated_by,
                    "confidence.gte": confidence_gte,
                    "status": status,
                },
            )
        )
        return answer

    def list_dataset_annotations(
        self, project: str, name: str, version: str, *, limit: int | Absent = ABSENT, next_token: str | Absent = ABSENT
    ) -> models.PageOfAnnotation:
        """List the annotations of a version as they were pinned, by asset and id, page by page.

        `GET /v1/projects/{project}/datasets/{name}/versions/{version}/annotations`
        """
        answer: models.PageOfAnnotation = self._transport.send(
            Call(
                "GET",
                "/v1/projects/{project}/datasets/{name}/versions/{version}/annotations",
                path={"project": project, "name": name, "version": version},
                query={"limit": limit, "next_token": next_token},
            )
        )
        return answer

    def list_dataset_members(
        self,
        project: str,
        name: str,
        version: str,
        *,
        limit: int | Absent = ABSENT,
        next_token: str | Absent = ABSENT,
        split: str | Absent = ABSENT,
    ) -> models.PageOfDatasetMember:
        """List the members of a version by asset id, page by page.

        `GET /v1/projects/{project}/datasets/{name}/versions/{version}/members`
        """
        answer: models.PageOfDatasetMember = self._transport.send(
            Call(
                "GET",
                "/v1/projects/{project}/datasets/{name}/versions/{version}/members",
                path={"project": project, "name": name, "version": version},
                query={"limit": limit, "next_token": next_token, "split": split},
            )
        )
        return answer

    def list_dataset_versions(
        self, project: str, name: str, *, limit: int | Absent = ABSENT, next_token: str | Absent = ABSENT
    ) -> models.PageOfDatasetVersion:
        """List the versions of a data set, newest first, page by page.

        `GET /v1/projects/{project}/datasets/{name}/versions`
        """
        answer: models.PageOfDatasetVersion = self._transport.send(
            Call(
                "GET",
                "/v1/projects/{project}/datasets/{name}/versions",
                path={"project": project, "name": name},
                query={"limit": limit, "next_token": next_token},
            )
        )
        return answer

    def list_datasets(
        self, project: str, *, limit: int | Absent = ABSENT, next_token: str | Absent = ABSENT
    ) -> models.PageOfDataset:
        """List the data sets of a project by name, each with its newest complete version, page by page.

        `GET /v1/projects/{project}/datasets`
        """
        answer: models.PageOfDataset = self._transport.send(
            Call(
                "GET",
                "/v1/projects/{project}/datasets",
                path={"project": project},
                query={"limit": limit, "next_token": next_token},
            )
        )
        return answer

    def list_embeddings(
        self, asset_id: str, *, limit: int | Absent = ABSENT, next_token: str | Absent = ABSENT
    ) -> models.PageOfEmbedding:
        """List the embeddings of an asset with their lineage and without the vectors, page by page.

        `GET /v1/assets/{asset_id}/embeddings`
        """
        answer: models.PageOfEmbedding = self._transport.send(
            Call(
                "GET",
                "/v1/assets/{asset_id}/embeddings",
                path={"asset_id": asset_id},
                query={"limit": limit, "next_token": next_token},
            )
        )
        return answer

    def list_imports(
        self, project: str, *, limit: int | Absent = ABSENT, next_token: str | Absent = ABSENT
    ) -> models.PageOfImport:
        """Return the imports of a project, newest first.

        `GET /v1/projects/{project}/imports`
        """
        answer: models.PageOfImport = self._transport.send(
            Call(
                "GET",
                "/v1/projects/{project}/imports",
                path={"project": project},
                query={"limit": limit, "next_token": next_token},
            )
        )
        return answer

    def list_jobs(
        self, project: str, *, limit: int | Absent = ABSENT, next_token: str | Absent = ABSENT
    ) -> models.PageOfJob:
        """Return the jobs of a project, newest first.

        `GET /v1/projects/{project}/jobs`
        """
        answer: models.PageOfJob = self._transport.send(
            Call(
                "GET",
                "/v1/projects/{project}/jobs",
                path={"project": project},
                query={"limit": limit, "next_token": next_token},
            )
        )
        return answer

    def list_label_schemas(
        self, project: str, *, limit: int | Absent = ABSENT, next_token: str | Absent = ABSENT
    ) -> models.PageOfLabelSchemaRevision:
        """List the label schemas of a project by name, each in its newest revision, page by page.

        `GET /v1/projects/{project}/label-schemas`
        """
        answer: models.PageOfLabelSchemaRevision = self._transport.send(
            Call(
                "GET",
                "/v1/projects/{project}/label-schemas",
                path={"project": project},
                query={"limit": limit, "next_token": next_token},
            )
        )
        return answer

    def list_members(
        self, project: str, *, limit: int | Absent = ABSENT, next_token: str | Absent = ABSENT
    ) -> models.PageOfProjectMember:
        """List the people with a role in a project, admins first, page by page.

        `GET /v1/projects/{project}/members`
        """
        answer: models.PageOfProjectMember = self._transport.send(
            Call(
                "GET",
                "/v1/projects/{project}/members",
                path={"project": project},
                query={"limit": limit, "next_token": next_token},
            )
        )
        return answer

    def list_parts(self, upload_id: str) -> models.ArrivedParts:
        """Return the parts that have arrived and the numbers of those that are missing.

        `GET /v1/uploads/{upload_id}/parts`
        """
        answer: models.ArrivedParts = self._transport.send(
            Call("GET", "/v1/uploads/{upload_id}/parts", path={"upload_id": upload_id})
        )
        return answer

    def list_projects(self, *, next_token: str | Absent = ABSENT) -> models.PageOfProject:
        """List the projects that the caller's token opens, with the role in each.

        `GET /v1/projects`
        """
        answer: models.PageOfProject = self._transport.send(
            Call("GET", "/v1/projects", query={"next_token": next_token})
        )
        return answer

    def list_replaced_members(
        self, project: str, name: str, version: str, *, limit: int | Absent = ABSENT, next_token: str | Absent = ABSENT
    ) -> models.PageOfReplacedMember:
        """List the members whose bytes were replaced or deleted since they were pinned, and until when they are kept.

        `GET /v1/projects/{project}/datasets/{name}/versions/{version}/replaced`
        """
        answer: models.PageOfReplacedMember = self._transport.send(
            Call(
                "GET",
                "/v1/projects/{project}/datasets/{name}/versions/{version}/replaced",
                path={"project": project, "name": name, "version": version},
                query={"limit": limit, "next_token": next_token},
            )
        )
        return answer

    def list_revisions(
        self,
        annotation_id: str,
        *,
        project: str | Absent = ABSENT,
        limit: int | Absent = ABSENT,
        next_token: str | Absent = ABSENT,
    ) -> models.PageOfAnnotationRevision:
        """Return the history of an annotation, oldest first: states, deletions, and attempts that were refused.

        `GET /v1/annotations/{annotation_id}/revisions`
        """
        answer: models.PageOfAnnotationRevision = self._transport.send(
            Call(
                "GET",
                "/v1/annotations/{annotation_id}/revisions",
                path={"annotation_id": annotation_id},
                query={"project": project, "limit": limit, "next_token": next_token},
            )
        )
        return answer

    def list_uploads(
        self,
        project: str,
        *,
        state: Literal["open", "completed", "failed", "aborted", "expired"] | Absent = ABSENT,
        next_token: str | Absent = ABSENT,
    ) -> models.PageOfListedUpload:
        """Return the caller's own uploads in one state, newest first.

        `GET /v1/projects/{project}/uploads`
        """
        answer: models.PageOfListedUpload = self._transport.send(
            Call(
                "GET",
                "/v1/projects/{project}/uploads",
                path={"project": project},
                query={"state": state, "next_token": next_token},
            )
        )
        return answer

    def list_versions(self, asset_id: str) -> models.PageOfVersion:
        """Return all versions and delete markers, newest first.

        `GET /v1/assets/{asset_id}/versions`
        """
        answer: models.PageOfVersion = self._transport.send(
            Call("GET", "/v1/assets/{asset_id}/versions", path={"asset_id": asset_id})
        )
        return answer

    def list_views(
        self, project: str, *, limit: int | Absent = ABSENT, next_token: str | Absent = ABSENT
    ) -> models.PageOfSavedView:
        """List the saved views of a project by name, page by page.

        `GET /v1/projects/{project}/views`
        """
        answer: models.PageOfSavedView = self._transport.send(
            Call(
                "GET",
                "/v1/projects/{project}/views",
                path={"project": project},
                query={"limit": limit, "next_token": next_token},
            )
        )
        return answer

    def make_companion(self, project: str, *, expires_in_seconds: int | Absent = ABSENT) -> models.CompanionEndpoint:
        """Return a Companion endpoint for the caller's uploads to a project.

        `POST /v1/projects/{project}/uploads/companion`
        """
        answer: models.CompanionEndpoint = self._transport.send(
            Call(
                "POST",
                "/v1/projects/{project}/uploads/companion",
                path={"project": project},
                body={"expires_in_seconds": expires_in_seconds},
            )
        )
        return answer

    def put_label_schema(
        self,
        project: str,
        name: str,
        *,
        if_match: str,
        labels: list[models.Label],
        description: str | Absent | None = ABSENT,
        enforced_fields: list[str] | Absent = ABSENT,
    ) -> models.LabelSchemaRevision:
        """Add the next revision of a label schema; a layer is enforced by one schema only.

        `PUT /v1/projects/{project}/label-schemas/{name}`
        """
        answer: models.LabelSchemaRevision = self._transport.send(
            Call(
                "PUT",
                "/v1/projects/{project}/label-schemas/{name}",
                path={"project": project, "name": name},
                headers={"If-Match": if_match},
                body={"description": description, "labels": labels, "enforced_fields": enforced_fields},
            )
        )
        return answer

    def put_view(
        self,
        project: str,
        name: str,
        *,
        if_match: str | Absent = ABSENT,
        if_none_match: str | Absent = ABSENT,
        description: str | Absent | None = ABSENT,
        filter: models.And
        | models.Or
        | models.Not
        | models.Condition
        | models.Near
        | models.Within
        | models.Annotations
        | Absent
        | None = ABSENT,
        sort: str | Absent = ABSENT,
        fields: list[str] | Absent | None = ABSENT,
    ) -> models.SavedView:
        """Save a view, in place of one of the same name; 412 with the present state if a precondition fails.

        `PUT /v1/projects/{project}/views/{name}`
        """
        answer: models.SavedView = self._transport.send(
            Call(
                "PUT",
                "/v1/projects/{project}/views/{name}",
                path={"project": project, "name": name},
                headers={"If-Match": if_match, "If-None-Match": if_none_match},
                body={"description": description, "filter": filter, "sort": sort, "fields": fields},
            )
        )
        return answer

    def reconcile(
        self, *, prefix: str | Absent = ABSENT, repair: bool | Absent = ABSENT, next_token: str | Absent | None = ABSENT
    ) -> models.ReconcileStep:
        """Compare a part of the bucket with the catalog, and on demand have ingest recheck what differs; for operators.

        `POST /v1/operations/reconcile`
        """
        answer: models.ReconcileStep = self._transport.send(
            Call(
                "POST", "/v1/operations/reconcile", body={"prefix": prefix, "repair": repair, "next_token": next_token}
            )
        )
        return answer

    def redirect_to_content(
        self,
        asset_id: str,
        *,
        variant: str | Absent = ABSENT,
        version_id: str | Absent = ABSENT,
        disposition: Literal["inline", "attachment"] | Absent = ABSENT,
        field: str | Absent = ABSENT,
        label: str | Absent = ABSENT,
        min_confidence: float | Absent = ABSENT,
        rendition: str | Absent = ABSENT,
        format: Literal["webp", "avif", "jpeg", "png"] | Absent = ABSENT,
        annotation_id: str | Absent = ABSENT,
        frame: int | Absent = ABSENT,
        z: int | Absent = ABSENT,
        x: int | Absent = ABSENT,
        y: int | Absent = ABSENT,
        margin: Literal["0", "0.1", "0.25", "0.5"] | Absent = ABSENT,
        if_none_match: str | Absent = ABSENT,
    ) -> str:
        """Redirect to a fresh URL of an asset, a version of it, or a derivative; 304 when the caller has the bytes.

        `GET /v1/assets/{asset_id}/content`
        """
        answer: str = self._transport.send(
            Call(
                "GET",
                "/v1/assets/{asset_id}/content",
                path={"asset_id": asset_id},
                query={
                    "variant": variant,
                    "version_id": version_id,
                    "disposition": disposition,
                    "field": field,
                    "label": label,
                    "min_confidence": min_confidence,
                    "rendition": rendition,
                    "format": format,
                    "annotation_id": annotation_id,
                    "frame": frame,
                    "z": z,
                    "x": x,
                    "y": y,
                    "margin": margin,
                },
                headers={"If-None-Match": if_none_match},
            )
        )
        return answer

    def redirect_to_frames(self, asset_id: str) -> str:
        """Redirect to the table of a video's frames as JSON: when each is presented, as the server counts them.

        `GET /v1/assets/{asset_id}/frames`
        """
        answer: str = self._transport.send(Call("GET", "/v1/assets/{asset_id}/frames", path={"asset_id": asset_id}))
        return answer

    def redrive(self, *, queue: Literal["ingest", "render", "scan"]) -> models.RedriveResult:
        """Move the dead letters of a queue back to it, after their cause was repaired; for operators.

        `POST /v1/operations/redrive`
        """
        answer: models.RedriveResult = self._transport.send(
            Call("POST", "/v1/operations/redrive", body={"queue": queue})
        )
        return answer

    def release(self, asset_id: str, *, note: str) -> models.ScannedVersion:
        """Release the current version of an asset that a malware scan blocks; by an admin only.

        `POST /v1/assets/{asset_id}/release`
        """
        answer: models.ScannedVersion = self._transport.send(
            Call("POST", "/v1/assets/{asset_id}/release", path={"asset_id": asset_id}, body={"note": note})
        )
        return answer

    def replace_annotations(
        self,
        asset_id: str,
        field: str,
        *,
        if_match: str,
        annotations: list[dict[str, Any]],
        reviewed: bool | Absent | None = ABSENT,
        clip: bool | Absent = ABSENT,
        tool: str | Absent | None = ABSENT,
    ) -> models.LayerReplaced:
        """Make the given annotations all that a layer of an asset has, in one step.

        `PUT /v1/assets/{asset_id}/fields/{field}/annotations`
        """
        answer: models.LayerReplaced = self._transport.send(
            Call(
                "PUT",
                "/v1/assets/{asset_id}/fields/{field}/annotations",
                path={"asset_id": asset_id, "field": field},
                headers={"If-Match": if_match},
                body={"annotations": annotations, "reviewed": reviewed, "clip": clip, "tool": tool},
            )
        )
        return answer

    def rescan(self, asset_id: str) -> models.ScannedVersion:
        """Have the current version of an asset scanned for malware again; each scan costs.

        `POST /v1/assets/{asset_id}/rescan`
        """
        answer: models.ScannedVersion = self._transport.send(
            Call("POST", "/v1/assets/{asset_id}/rescan", path={"asset_id": asset_id})
        )
        return answer

    def restore(self, asset_id: str) -> models.ChangedVersion:
        """Undo a delete.

        `POST /v1/assets/{asset_id}/restore`
        """
        answer: models.ChangedVersion = self._transport.send(
            Call("POST", "/v1/assets/{asset_id}/restore", path={"asset_id": asset_id})
        )
        return answer

    def restore_annotation(
        self, annotation_id: str, *, if_match: str, project: str | Absent = ABSENT, to: int | Absent | None = ABSENT
    ) -> models.Annotation:
        """Undo: bring back the state before the present one, or a given revision; also after a deletion.

        `POST /v1/annotations/{annotation_id}/restore`
        """
        answer: models.Annotation = self._transport.send(
            Call(
                "POST",
                "/v1/annotations/{annotation_id}/restore",
                path={"annotation_id": annotation_id},
                query={"project": project},
                headers={"If-Match": if_match},
                body={"to": to},
            )
        )
        return answer

    def retrieve(
        self,
        asset_id: str,
        *,
        version_id: str | Absent | None = ABSENT,
        days: int | Absent = ABSENT,
        tier: Literal["Standard", "Bulk", "Expedited"] | Absent = ABSENT,
    ) -> models.Retrieval:
        """Ask for a readable copy of archived bytes.

        `POST /v1/assets/{asset_id}/retrieve`
        """
        answer: models.Retrieval = self._transport.send(
            Call(
                "POST",
                "/v1/assets/{asset_id}/retrieve",
                path={"asset_id": asset_id},
                body={"version_id": version_id, "days": days, "tier": tier},
            )
        )
        return answer

    def revert(self, asset_id: str, *, version_id: str) -> models.ChangedVersion:
        """Make an earlier version the current one.

        `POST /v1/assets/{asset_id}/revert`
        """
        answer: models.ChangedVersion = self._transport.send(
            Call("POST", "/v1/assets/{asset_id}/revert", path={"asset_id": asset_id}, body={"version_id": version_id})
        )
        return answer

    def revoke_member(self, project: str, user: str) -> None:
        """Take every role in the project away from a member, who is named by `user` or e-mail address.

        `DELETE /v1/projects/{project}/members/{user}`
        """
        self._transport.send(
            Call("DELETE", "/v1/projects/{project}/members/{user}", path={"project": project, "user": user})
        )

    def search_annotations(
        self,
        project: str,
        *,
        asset_ids: list[str] | Absent | None = ABSENT,
        filter: models.And
        | models.Or
        | models.Not
        | models.Condition
        | models.Near
        | models.Within
        | models.Annotations
        | Absent
        | None = ABSENT,
        view: str | Absent | None = ABSENT,
        annotations: models.AnnotationFilter | Absent | None = ABSENT,
        limit: int | Absent = ABSENT,
        next_token: str | Absent | None = ABSENT,
    ) -> models.PageOfAnnotation:
        """Find the annotations of many assets, page by page: of assets by id, or of those that a filter finds.

        `POST /v1/projects/{project}/annotations/search`
        """
        answer: models.PageOfAnnotation = self._transport.send(
            Call(
                "POST",
                "/v1/projects/{project}/annotations/search",
                path={"project": project},
                body={
                    "asset_ids": asset_ids,
                    "filter": filter,
                    "view": view,
                    "annotations": annotations,
                    "limit": limit,
                    "next_token": next_token,
                },
            )
        )
        return answer

    def search_assets(
        self,
        project: str,
        *,
        filter: models.And
        | models.Or
        | models.Not
        | models.Condition
        | models.Near
        | models.Within
        | models.Annotations
        | Absent
        | None = ABSENT,
        view: str | Absent | None = ABSENT,
        sort: str | Absent = ABSENT,
        limit: int | Absent = ABSENT,
        next_token: str | Absent | None = ABSENT,
        fields: list[str] | Absent | None = ABSENT,
    ) -> models.PageOfFoundAsset:
        """Find assets by a filter, page by page.

        `POST /v1/projects/{project}/assets/search`
        """
        answer: models.PageOfFoundAsset = self._transport.send(
            Call(
                "POST",
                "/v1/projects/{project}/assets/search",
                path={"project": project},
                body={
                    "filter": filter,
                    "view": view,
                    "sort": sort,
                    "limit": limit,
                    "next_token": next_token,
                    "fields": fields,
                },
            )
        )
        return answer

    def search_downloads(
        self,
        project: str,
        *,
        include: list[str],
        filter: models.And
        | models.Or
        | models.Not
        | models.Condition
        | models.Near
        | models.Within
        | models.Annotations
        | Absent
        | None = ABSENT,
        view: str | Absent | None = ABSENT,
        sort: str | Absent = ABSENT,
        limit: int | Absent = ABSENT,
        next_token: str | Absent | None = ABSENT,
        fields: list[str] | Absent | None = ABSENT,
        expires_in_seconds: int | Absent | None = ABSENT,
    ) -> models.PageOfFoundAssetWithDownloads:
        """Find assets by a filter, page by page, each with signed URLs of the variants that `include` names.

        `POST /v1/projects/{project}/downloads/search`
        """
        answer: models.PageOfFoundAssetWithDownloads = self._transport.send(
            Call(
                "POST",
                "/v1/projects/{project}/downloads/search",
                path={"project": project},
                body={
                    "filter": filter,
                    "view": view,
                    "sort": sort,
                    "limit": limit,
                    "next_token": next_token,
                    "fields": fields,
                    "include": include,
                    "expires_in_seconds": expires_in_seconds,
                },
            )
        )
        return answer

    def set_cookies(
        self, project: str, *, asset_id: str | Absent | None = ABSENT, expires_in_seconds: int | Absent | None = ABSENT
    ) -> models.Cookies:
        """Set signed cookies for all derivatives and masks of a project, or of one asset.

        `POST /v1/projects/{project}/cookies`
        """
        answer: models.Cookies = self._transport.send(
            Call(
                "POST",
                "/v1/projects/{project}/cookies",
                path={"project": project},
                body={"asset_id": asset_id, "expires_in_seconds": expires_in_seconds},
            )
        )
        return answer

    def sign_downloads(
        self,
        project: str,
        *,
        asset_ids: list[str],
        variant: str | Absent = ABSENT,
        disposition: str | Absent = ABSENT,
        expires_in_seconds: int | Absent | None = ABSENT,
    ) -> models.SignedDownloads:
        """Return signed URLs for up to 1,000 assets of a project.

        `POST /v1/projects/{project}/downloads`
        """
        answer: models.SignedDownloads = self._transport.send(
            Call(
                "POST",
                "/v1/projects/{project}/downloads",
                path={"project": project},
                body={
                    "asset_ids": asset_ids,
                    "variant": variant,
                    "disposition": disposition,
                    "expires_in_seconds": expires_in_seconds,
                },
            )
        )
        return answer

    def sign_parts(
        self,
        upload_id: str,
        *,
        part_numbers: list[int],
        expires_in_seconds: int | Absent | None = ABSENT,
        accelerate: bool | Absent | None = ABSENT,
    ) -> models.SignedParts:
        """Sign 1 to 1,000 parts.

        `POST /v1/uploads/{upload_id}/parts`
        """
        answer: models.SignedParts = self._transport.send(
            Call(
                "POST",
                "/v1/uploads/{upload_id}/parts",
                path={"upload_id": upload_id},
                body={"part_numbers": part_numbers, "expires_in_seconds": expires_in_seconds, "accelerate": accelerate},
            )
        )
        return answer

    def start_import(
        self, import_id: str, *, dry_run: bool | Absent = ABSENT, options: dict[str, str] | Absent = ABSENT
    ) -> models.StartedImport:
        """Read the files of an import: a dry run counts and asks, otherwise their annotations are written.

        `POST /v1/imports/{import_id}/start`
        """
        answer: models.StartedImport = self._transport.send(
            Call(
                "POST",
                "/v1/imports/{import_id}/start",
                path={"import_id": import_id},
                body={"dry_run": dry_run, "options": options},
            )
        )
        return answer

    def start_job(self, job_id: str) -> models.Job:
        """Start an export or a version again that was stopped, or an export that failed.

        `POST /v1/jobs/{job_id}/start`
        """
        answer: models.Job = self._transport.send(Call("POST", "/v1/jobs/{job_id}/start", path={"job_id": job_id}))
        return answer

    def stop_job(self, job_id: str) -> models.Job:
        """Ask a job to stop after the range that it is at.

        `DELETE /v1/jobs/{job_id}`
        """
        answer: models.Job = self._transport.send(Call("DELETE", "/v1/jobs/{job_id}", path={"job_id": job_id}))
        return answer

    def undo_import(self, import_id: str) -> models.StartedImport:
        """Undo an import: delete its annotations that nobody has edited since, and take back its marks "reviewed".

        `DELETE /v1/imports/{import_id}`
        """
        answer: models.StartedImport = self._transport.send(
            Call("DELETE", "/v1/imports/{import_id}", path={"import_id": import_id})
        )
        return answer

    def update_annotation(
        self, annotation_id: str, body: dict[str, Any], *, if_match: str, project: str | Absent = ABSENT
    ) -> models.Annotation:
        """Change some fields of an annotation (JSON Merge Patch, RFC 7386); 412 with the present state if it moved.

        `PATCH /v1/annotations/{annotation_id}`
        """
        answer: models.Annotation = self._transport.send(
            Call(
                "PATCH",
                "/v1/annotations/{annotation_id}",
                path={"annotation_id": annotation_id},
                query={"project": project},
                headers={"If-Match": if_match},
                body=body,
            )
        )
        return answer

    def update_asset(
        self,
        asset_id: str,
        *,
        if_match: str,
        tags: list[str] | Absent | None = ABSENT,
        attributes: dict[str, bool | int | float | str | list[bool | int | float | str] | None]
        | Absent
        | None = ABSENT,
        file_name: str | Absent | None = ABSENT,
    ) -> models.Asset:
        """Change the tags, attributes or file name of an asset; 412 with the present state if it moved on.

        `PATCH /v1/assets/{asset_id}`
        """
        answer: models.Asset = self._transport.send(
            Call(
                "PATCH",
                "/v1/assets/{asset_id}",
                path={"asset_id": asset_id},
                headers={"If-Match": if_match},
                body={"tags": tags, "attributes": attributes, "file_name": file_name},
            )
        )
        return answer

    def write_annotations(
        self,
        project: str,
        *,
        operations: list[dict[str, Any]],
        ordered: bool | Absent = ABSENT,
        clip: bool | Absent = ABSENT,
        tool: str | Absent | None = ABSENT,
    ) -> models.WriteResults:
        """Carry out up to 10,000 operations, each with its own result: the new revision, or a problem in its place.

        `POST /v1/projects/{project}/annotations/bulk`
        """
        answer: models.WriteResults = self._transport.send(
            Call(
                "POST",
                "/v1/projects/{project}/annotations/bulk",
                path={"project": project},
                body={"operations": operations, "ordered": ordered, "clip": clip, "tool": tool},
            )
        )
        return answer

    def write_embeddings(self, project: str, *, embeddings: list[dict[str, Any]]) -> models.EmbeddingResults:
        """Store up to 1,000 embeddings of assets or annotations, each with its own result.

        `POST /v1/projects/{project}/embeddings`
        """
        answer: models.EmbeddingResults = self._transport.send(
            Call(
                "POST", "/v1/projects/{project}/embeddings", path={"project": project}, body={"embeddings": embeddings}
            )
        )
        return answer
