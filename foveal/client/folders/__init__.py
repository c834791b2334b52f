"""Upload of folders of any size: many connections, resumed after a crash, every file accounted for."""

from foveal.client.folders.report import Outcome, State, Summary
from foveal.client.folders.settings import UploadSettings
from foveal.client.folders.uploader import upload_folder
from foveal.client.folders.verification import verify_folder

__all__ = ["Outcome", "State", "Summary", "UploadSettings", "upload_folder", "verify_folder"]
