"""Rule sets are data that never changes: what they decide, their bytes and their hash."""

import json

import pytest

from townsquare.services.elections.rules.counting.ballots import Contest, Option, ranked
from townsquare.services.elections.rules.counting.counting import METHODS, count
from townsquare.services.elections.rules.counting.presets import PRESETS, USUAL, read_rules
from townsquare.services.elections.rules.counting.refusals import CountRefused

# A set-up has frozen these: whoever changes rules gives them a new version and a line here.
FROZEN = {
    ("scottish-2011", 1): "2e748fed19d2adf8262183b33d3401387691d5af5d66ffdbaef66507034cd892",
    ("wig-exact", 1): "650a984d3c2bd67c777b85450ae706a47ea17555583f8240d1cb00a7507cba1d",
    ("meek", 1): "4b14a3350adad7ffb62432b6e957215b654bdb67b4dd59575979072059f0f3ef",
    ("warren", 1): "5ae97d98304e6aa6720249e53147bac38caf652b03fa0d9d6ec0e80169d786f2",
    ("irv", 1): "547689b17e7c1f946454bd13816a72426d553f32eceaa54eb65891e34f5018f2",
    ("multi-winner", 1): "be62906d92a34ab0e04ac9beb026668fdaaa1ab158cc00e5594d2e9345de093a",
    ("one-winner-per-round", 1): "a6e206cfd85300b4de026fee9799e5d1b9e41660d57d41f6f9011bd75fd1c6f1",
    ("bottoms-up", 1): "0ce5609c4354b4dcdb122d19db7ac7590829236e85871b645a0cacc00045a163",
    ("bottoms-up-percent", 1): "5328958ada743384a47267de622aa3a7aa3247e2553aad22e17f711dee9f9848",
    ("sequential", 1): "63ca004e391707b4aed55b6f9c5a05673ddf81e1a3044524df119524222aabd7",
    ("plurality", 1): "117c51fcf4ab981561013acc0324408dc6dbde1c2f6e5c1f90371cdd71d7f147",
    ("approval", 1): "26a7392486ccae575383e7a41bce0456c07585ad47679940ee8ea72bc4bbb47c",
    ("k-of-n", 1): "da6d56c679cbdf39b193bea6286f5fedc8d4e9c48995e87c7ddd9b6de8e42ecc",
    ("score", 1): "7d0913d14a65b2669e67530498f23d36527adbdfa021c9f5dc88935df999f778",
    ("borda", 1): "9e93ef4578dfe073c5e37425fe23c2a32ba583894e9e783535a69d535ddb3a20",
    ("borda-from-one", 1): "6b3523ed6aaba7cf93865ef66cb3a2b87f21f5d80f27dd3588b78b580d6dda39",
    ("borda-dowdall", 1): "c20698b8deb8743a3563709379b81f2fce95495519f06a94ebe87b4014bcaa9f",
    ("borda-modified", 1): "31f1ed02f05b28249d15fa4161abba5e64ccca228b55eaadeee329f2ddca559c",
    ("dhondt", 1): "a9293b71ff9ad1591a7a8b579f90037ada0e23f5570fec9e9aebd69a2cb9c3cf",
    ("sainte-lague", 1): "86d3f1afce8d1e01f67b22abd4aef359d38b1a0e376f8c2dec3acb7bc52d06fc",
    ("majority-judgement", 1): "1aa21ba6c7730126df4fbc0331e0b5064697b2b9916f796e27fab2eeb1d7577a",
    ("schulze", 1): "bcee545602b1bb294a05a2d3aa8df7cabb3b63d23ee00fb0b75095c897d8d360",
    ("condorcet", 1): "1ae527521d38a405571663fea4a5fc6c8e9d80ae06b5d5b2f259d0818be4ba97",
}


def test_a_rule_set_keeps_its_hash():
    assert {(code, rules.version): rules.hash for code, rules in PRESETS.items()} == FROZEN


def test_every_method_has_what_is_usual():
    assert set(METHODS) == set(USUAL)


@pytest.mark.parametrize("code", sorted(PRESETS))
def test_a_rule_set_is_read_as_it_was_written(code):
    again = read_rules(PRESETS[code].json)
    assert (again, again.hash) == (PRESETS[code], PRESETS[code].hash)


def changed(**rules):
    said = json.loads(PRESETS["irv"].json)
    said["rules"] |= rules
    return json.dumps(said, sort_keys=True, separators=(",", ":")).encode()


def test_rules_of_ones_own_are_counted_by():
    rules = read_rules(changed(ties=["candidate-order"], max_ranks=1))
    contest = Contest("chair", (Option("b"), Option("a")))
    table = count(rules, contest, [(ranked("a"), 1), (ranked("b"), 1)])
    assert (table.elected, table.rule_set.hash) == (("b",), rules.hash)


@pytest.mark.parametrize(
    ("raw", "why"),
    [
        (b"", "it is not a rule set"),
        (b"[]", "it is not a rule set"),
        (b'{"code":"x","rules":{"method":"coin"},"version":1}', "it is not a rule set"),
        (b'{"code":"x","rules":{"method":"rounds"},"version":1}', "names every rule"),
        (PRESETS["irv"].json + b" ", "names every rule"),
        (changed(batch="yes"), "no value of batch: yes"),
        (changed(ties=["coin"]), "no way to break a tie: coin"),
        (changed(luck=1), "no such rule: luck"),
    ],
)
def test_other_bytes_are_no_rule_set(raw, why):
    with pytest.raises(CountRefused, match=why):
        read_rules(raw)


def test_nobody_changes_a_rule_set():
    with pytest.raises(TypeError):
        PRESETS["irv"].content["batch"] = True
