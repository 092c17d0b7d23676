"""Goods in places: lots, moves that only grow, holds, counts, for every service that keeps stock.

The names in capitals, such as `LEVEL` and `LOT`, are the tables, and `available_amount` and
`lost_to_block` are parts of a statement, so that a list of a service can show what is there, or
was, without one of its own.
"""

from townsquare.blocks.stock import invariants
from townsquare.blocks.stock.errors import (
    AlreadyUndone,
    BadQuantity,
    CountClosed,
    CountOpen,
    HoldLost,
    LotBlocked,
    LotExpired,
    MoreThanSent,
    NotEnough,
    ReasonRequired,
    SelfApproval,
    SerialKnown,
    SerialRequired,
    Short,
    TransferArrived,
    UnknownCount,
    UnknownLocation,
    UnknownLot,
    UnknownMove,
    UnknownTransfer,
)
from townsquare.blocks.stock.models.goods import (
    LevelRow,
    LocationRow,
    LotRow,
    MoveRow,
    ReservationRow,
    available_amount,
    lost_to_block,
)
from townsquare.blocks.stock.models.papers import (
    CountLineRow,
    CountRow,
    ReorderRuleRow,
    TransferLineRow,
    TransferRow,
)
from townsquare.blocks.stock.queries import (
    available,
    due_soon,
    explain_level,
    levels,
    lot_of,
    move_of,
    places_of,
    reorder_proposals,
    stock_at,
    truth_score,
    truth_scores,
    would_take,
)
from townsquare.blocks.stock.results import (
    Arrived,
    Count,
    Counted,
    CountLine,
    Discarded,
    Explained,
    Goods,
    Held,
    Incoming,
    Level,
    Location,
    Lot,
    Lotted,
    Move,
    Past,
    Picked,
    Proposal,
    Source,
    Supply,
    Transfer,
    TransferLine,
    Wanted,
)
from townsquare.blocks.stock.rules import WASTE, worth
from townsquare.blocks.stock.usecases.carrying import (
    discard_stock,
    move_stock,
    return_to_supplier,
    take_back,
    take_now,
    undo_move,
)
from townsquare.blocks.stock.usecases.counting import (
    approve_count,
    count_of,
    open_count,
    record_count,
    reject_count,
)
from townsquare.blocks.stock.usecases.extending import extend_holds
from townsquare.blocks.stock.usecases.holding import (
    consume_holds,
    hold_stock,
    holds_of,
    lock_for,
    release_holds,
)
from townsquare.blocks.stock.usecases.leaving import PERSONAL
from townsquare.blocks.stock.usecases.places import known_place, location_of, open_location
from townsquare.blocks.stock.usecases.recalling import (
    block_lot,
    buyers_of_lot,
    sold_of_lot,
    unblock_lot,
)
from townsquare.blocks.stock.usecases.receiving import receive_goods
from townsquare.blocks.stock.usecases.reordering import drop_reorder_rule, set_reorder_rule
from townsquare.blocks.stock.usecases.transfers import (
    arrive_transfer,
    dispatch_transfer,
    transfer_of,
)

COUNT = CountRow
COUNT_LINE = CountLineRow
INVARIANTS = invariants.ALL
LEVEL = LevelRow
LOCATION = LocationRow
LOT = LotRow
MOVE = MoveRow
REORDER_RULE = ReorderRuleRow
RESERVATION = ReservationRow
TRANSFER = TransferRow
TRANSFER_LINE = TransferLineRow

__all__ = [
    "COUNT",
    "COUNT_LINE",
    "INVARIANTS",
    "LEVEL",
    "LOCATION",
    "LOT",
    "MOVE",
    "PERSONAL",
    "REORDER_RULE",
    "RESERVATION",
    "TRANSFER",
    "TRANSFER_LINE",
    "WASTE",
    "AlreadyUndone",
    "Arrived",
    "BadQuantity",
    "Count",
    "CountClosed",
    "CountLine",
    "CountOpen",
    "Counted",
    "Discarded",
    "Explained",
    "Goods",
    "Held",
    "HoldLost",
    "Incoming",
    "Level",
    "Location",
    "Lot",
    "LotBlocked",
    "LotExpired",
    "Lotted",
    "MoreThanSent",
    "Move",
    "NotEnough",
    "Past",
    "Picked",
    "Proposal",
    "ReasonRequired",
    "SelfApproval",
    "SerialKnown",
    "SerialRequired",
    "Short",
    "Source",
    "Supply",
    "Transfer",
    "TransferArrived",
    "TransferLine",
    "UnknownCount",
    "UnknownLocation",
    "UnknownLot",
    "UnknownMove",
    "UnknownTransfer",
    "Wanted",
    "approve_count",
    "arrive_transfer",
    "available",
    "available_amount",
    "block_lot",
    "buyers_of_lot",
    "consume_holds",
    "count_of",
    "discard_stock",
    "dispatch_transfer",
    "drop_reorder_rule",
    "due_soon",
    "explain_level",
    "extend_holds",
    "hold_stock",
    "holds_of",
    "known_place",
    "levels",
    "location_of",
    "lock_for",
    "lost_to_block",
    "lot_of",
    "move_of",
    "move_stock",
    "open_count",
    "open_location",
    "places_of",
    "receive_goods",
    "record_count",
    "reject_count",
    "release_holds",
    "reorder_proposals",
    "return_to_supplier",
    "set_reorder_rule",
    "sold_of_lot",
    "stock_at",
    "take_back",
    "take_now",
    "transfer_of",
    "truth_score",
    "truth_scores",
    "unblock_lot",
    "undo_move",
    "worth",
    "would_take",
]
