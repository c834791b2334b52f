"""One cold start of the uploads function: import, then the first call."""

from bench.cold_start.report import EVENT, report
from functions.uploads.handler import handler

report(handler(EVENT, None))
