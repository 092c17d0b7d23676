"""Nominations for programs: parties, candidates, lists, and decisions about them."""

from townsquare.core.pictures import LARGEST_PICTURE
from townsquare.core.web.api import offer
from townsquare.services.elections.api import bp
from townsquare.services.elections.queries import nominations as looks
from townsquare.services.elections.usecases import candidacies, nominating, picturing, slates

LARGEST = LARGEST_PICTURE * 4 // 3 + 64 * 1024  # A picture in base64, and what is around it.

offer(bp, "GET /nominations", looks.find_nominations)
offer(bp, "GET /candidacies", looks.find_own_candidacies)
offer(bp, "GET /candidacies/<id>", looks.read_candidacy)
offer(bp, "PATCH /candidacies/<id>", candidacies.amend_candidacy)
offer(bp, "POST /candidacies/<id>/withdrawal", candidacies.withdraw_candidacy)
offer(bp, "POST /candidacies/<id>/decision", candidacies.decide_candidacy)
offer(bp, "PUT /candidacies/<id>/photo", picturing.set_photo, rate="expensive", largest=LARGEST)
offer(bp, "DELETE /candidacies/<id>/photo", picturing.remove_photo)
offer(bp, "GET /parties", looks.find_parties)
offer(bp, "PUT /parties", nominating.keep_party)
offer(bp, "PUT /parties/<party>/symbol", picturing.set_symbol, rate="expensive", largest=LARGEST)
offer(bp, "DELETE /parties/<party>/symbol", picturing.remove_symbol)
offer(bp, "GET /<id>/candidates", looks.find_candidates)
offer(bp, "POST /<id>/candidates", candidacies.file_candidacy, status=201)
offer(bp, "POST /<id>/slates", slates.file_slate, rate="expensive")
offer(bp, "POST /<id>/nominations", nominating.open_nominations, status=201)
offer(bp, "POST /<id>/nominations/closing", nominating.close_nominations)
offer(bp, "GET /office/<id>/candidates", looks.find_candidacies)
