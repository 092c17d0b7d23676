"""The catalogue for programs."""

from townsquare.core.web.api import offer
from townsquare.services.library.api import bp
from townsquare.services.library.queries import authorities as headings
from townsquare.services.library.queries import copies as shelves
from townsquare.services.library.queries import documents as catalogue
from townsquare.services.library.queries import imports as runs
from townsquare.services.library.usecases import (
    authorities,
    copies,
    documents,
    imports,
    undoing,
)

DOCUMENT = "library_api.library_document_read"
COPY = "library_api.library_copy_read"

offer(bp, "GET /documents", catalogue.search_documents, asks_more=True)
offer(bp, "POST /documents", documents.add_document, status=201, place=DOCUMENT)
offer(bp, "GET /documents/<id>", catalogue.read_document)
offer(bp, "PATCH /documents/<id>", documents.change_document)
offer(bp, "DELETE /documents/<id>", documents.withdraw_document, status=204)
offer(bp, "PUT /documents/<id>/publication", documents.publish_document)
offer(bp, "GET /documents/<id>/citation", catalogue.cite_document)
offer(bp, "GET /facets", catalogue.count_facets, asks_more=True)
offer(bp, "GET /suggestion", catalogue.suggest_words)

offer(bp, "GET /copies", shelves.find_copies)
offer(bp, "POST /copies", copies.add_copy, status=201, place=COPY)
offer(bp, "GET /copies/<id>", shelves.read_copy)
offer(bp, "PATCH /copies/<id>", copies.move_copy)
offer(bp, "DELETE /copies/<id>", copies.withdraw_copy, status=204)

offer(bp, "GET /branches", headings.find_branches)
offer(
    bp,
    "POST /branches",
    authorities.add_branch,
    status=201,
    place="library_api.library_branch_read",
)
offer(bp, "GET /branches/<id>", headings.read_branch)
offer(bp, "PATCH /branches/<id>", authorities.change_branch)
offer(bp, "DELETE /branches/<id>", authorities.remove_branch, status=204)

offer(bp, "GET /categories", headings.find_categories)
offer(
    bp,
    "POST /categories",
    authorities.add_category,
    status=201,
    place="library_api.library_category_read",
)
offer(bp, "GET /categories/<id>", headings.read_category)
offer(bp, "PATCH /categories/<id>", authorities.change_category)
offer(bp, "DELETE /categories/<id>", authorities.remove_category, status=204)

offer(bp, "GET /publishers", headings.find_publishers)
offer(
    bp,
    "POST /publishers",
    authorities.add_publisher,
    status=201,
    place="library_api.library_publisher_read",
)
offer(bp, "GET /publishers/<id>", headings.read_publisher)
offer(bp, "PATCH /publishers/<id>", authorities.change_publisher)
offer(bp, "DELETE /publishers/<id>", authorities.remove_publisher, status=204)

offer(bp, "GET /names", headings.find_names)
offer(
    bp,
    "POST /names",
    authorities.add_name,
    status=201,
    place="library_api.library_name_read",
)
offer(bp, "GET /names/<id>", headings.read_name)
offer(bp, "PATCH /names/<id>", authorities.change_name)
offer(bp, "DELETE /names/<id>", authorities.remove_name, status=204)
offer(bp, "POST /names/<id>/merger", authorities.merge_names)

IMPORT = "library_api.library_import_read"

offer(bp, "GET /imports", runs.find_imports)
offer(bp, "POST /imports", imports.start_import, status=202, place=IMPORT)
offer(bp, "GET /imports/<id>", runs.read_import)
offer(bp, "GET /imports/<id>/columns", runs.read_table)
offer(bp, "PUT /imports/<id>/columns", imports.map_import, status=202)
offer(bp, "POST /imports/<id>/application", imports.apply_import, status=202)
offer(bp, "POST /imports/<id>/reversal", undoing.undo_import, status=202)
offer(bp, "POST /imports/<id>/continuation", imports.resume_import, status=202)
