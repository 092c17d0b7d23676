"""The rules by which votes are counted, as people read them."""

from townsquare.core.words import translatable

TITLES = {
    "plurality": translatable("Choose: most votes win"),
    "approval": translatable("Approve: mark all that you accept, most marks win"),
    "k-of-n": translatable("Choose as many as there are seats, most votes win"),
    "score": translatable("Points: each option gets points, the highest sum wins"),
    "majority-judgement": translatable("Grades: the best median grade wins"),
    "irv": translatable("Rank: instant run-off, one winner"),
    "scottish-2011": translatable("Rank: single transferable vote as in Scotland, several seats"),
    "wig-exact": translatable("Rank: single transferable vote counted in exact fractions"),
    "meek": translatable("Rank: single transferable vote by Meek, counted anew each round"),
    "warren": translatable("Rank: single transferable vote by Warren"),
    "multi-winner": translatable(
        "Rank: several seats, all winners of a round pass votes on together"
    ),
    "sequential": translatable("Rank: several seats, one instant run-off for each"),
    "borda": translatable("Rank: points by place (Borda), the last place gets none"),
    "borda-from-one": translatable("Rank: points by place (Borda), the last place gets one"),
    "borda-modified": translatable("Rank: points by place (Borda), fewer for who ranks fewer"),
    "schulze": translatable("Rank: all pairs compared, by strongest paths (Schulze)"),
    "condorcet": translatable("Rank: who beats everybody in pairs wins, or nobody"),
}
