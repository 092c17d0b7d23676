"""Files of products for programs: tried, taken in by a job, taken back."""

from townsquare.core.web.api import offer
from townsquare.services.grocery.api import bp
from townsquare.services.grocery.queries import imports as runs
from townsquare.services.grocery.usecases import uploading

IMPORT = "grocery_api.grocery_import_read"

offer(bp, "GET /imports", runs.find_imports)
offer(
    bp,
    "POST /imports",
    uploading.upload_goods,
    status=202,
    once=True,
    place=IMPORT,
    rate="expensive",
)
offer(bp, "GET /imports/<id>", runs.read_import)
offer(bp, "POST /imports/<id>/application", uploading.apply_import, status=202)
offer(bp, "POST /imports/<id>/reversal", uploading.undo_import, status=202)
offer(bp, "POST /imports/<id>/continuation", uploading.resume_import, status=202)
