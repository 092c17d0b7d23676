"""The preparation of encrypted elections for programs: trustees, authority, seeds, set-up."""

from townsquare.core.web.api import offer
from townsquare.services.elections.api import bp
from townsquare.services.elections.queries import ceremony as looks
from townsquare.services.elections.usecases import ceremony, naming

offer(bp, "GET /office/<id>/preparation", looks.read_preparation)
offer(bp, "PUT /office/<id>/trustees", naming.name_trustees)
offer(bp, "PUT /office/<id>/authority", naming.name_authority)
offer(bp, "PUT /office/<id>/seed-holders", naming.name_holders)
offer(bp, "POST /office/<id>/ceremony/abort", naming.abort_ceremony)
offer(bp, "GET /duties", looks.find_duties)
offer(bp, "GET /<id>/duty", looks.read_duty)
offer(bp, "GET /<id>/ceremony", looks.read_ceremony)
offer(bp, "POST /<id>/ceremony", ceremony.submit_messages, status=201)
offer(bp, "GET /<id>/authority/roll", looks.export_roll)
offer(bp, "POST /<id>/authority/roll", ceremony.submit_roll_keys, status=201)
offer(bp, "POST /<id>/seeds/commitment", ceremony.commit_seed, status=201)
offer(bp, "POST /<id>/seeds/reveal", ceremony.reveal_seed, status=201)
