"""GuardDuty: malware scan of an object on demand."""

from foveal.aws import rest_json


def send_object_malware_scan(bucket: str, key: str, version_id: str) -> None:
    """Have a version scanned under the protection plan of its bucket; the result is an event. Raises AwsError."""
    scanned = {"bucket": bucket, "key": key, "versionId": version_id}
    rest_json.call("guardduty", "SendObjectMalwareScan", "/object-malware-scan/send", {"s3Object": scanned})
