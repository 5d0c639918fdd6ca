"""Rules that a finished record cannot break: they are kept while something is entered, imported or changed."""

from registry.rules.rule import Rule, Severity

ENTRY = ("form", "API", "import")


def kept(
    code: str, wording: str, *held_by: str, forms: tuple[str, ...] = (), constraints: tuple[str, ...] = ()
) -> Rule:
    """A rule without a check of the record; `held_by` says who keeps it."""
    return Rule(
        code=code, severity=Severity.REFUSE, forms=forms, fields=(), wording=wording, evidence="P", held_by=held_by,
        constraints=constraints,
    )  # fmt: skip


RULES = (
    kept("V6", "A withdrawal has its reason.", *ENTRY, forms=("patient",),
         constraints=("patient_withdrawal_has_a_reason",)),
    kept("V8", "What was complete is changed, and what is there is marked as an error, with a reason that is kept.",
         *ENTRY, forms=("every form",)),
    kept("V9", "Nothing is added to a patient who was withdrawn, or to what is marked as entered in error.", *ENTRY,
         forms=("patient", "procedure", "visit")),
    kept("V10", "A recorded score is not taken away: it becomes another value, or missing for a reason.", *ENTRY,
         forms=("visit",)),
    kept("V11", "The same submission sent twice is one row; with other content it is refused.", *ENTRY,
         forms=("visit", "every form")),
    kept("V12", "A visit is placed by its date only where the date is known to the day.", "form", forms=("visit",)),
    kept("V13", "A locked record is not changed by any route.", *ENTRY, forms=("every form",)),
    kept("V14", "An answer is one that its field takes: a code of its list, yes or no, a field of the form.", *ENTRY,
         forms=("every form",)),
    kept("V15", "A text is no longer than its field, and can be stored.", *ENTRY, forms=("every form",)),
    kept("V16", "A form that is marked unavailable holds no answers, and is made available before it is filled.",
         *ENTRY, forms=("every form",), constraints=("operation_empty_where_unavailable",)),
    kept("H1", "What is not asked, given the other answers, holds neither a value nor a reason.", *ENTRY,
         forms=("every form with conditional fields",)),
    kept("U1", "Who could be the same person as somebody who is there is enrolled with a reason.", "form",
         forms=("patient", "procedure")),
    kept("I1", "The file can be read: UTF-8, one table, each column named once.", "import"),
    kept("I2", "The rows of a file belong to the study and the site it is imported into.", "import"),
    kept("I3", "What study.json says fits the definitions of this registry.", "import"),
    kept("I4", "Each patient stands in patients.csv once.", "import"),
    kept("I5", "An attribute of patients has one type.", "import"),
    kept("I6", "Each cell of outcomes_long.csv can be understood, and no two contradict each other.", "import"),
    kept("I7", "Each follow-up time belongs to a known patient, once.", "import"),
    kept("I8", "An instrument of a file is the one that this registry defines.", "import"),
    kept("I9", "A definition covers the values that are recorded.", "import"),
    kept("I10", "A study folder never overwrites: what it says otherwise than the record is refused.", "import"),
    kept("I11", "The file is of a kind that is read (CSV, XLSX, SAV), by its first bytes too, and is not encrypted.",
         "import"),
    Rule(code="I12", severity=Severity.WARN, forms=("visit",), fields=("any score",), evidence="P",
         wording="Scores of exactly 0 at every follow-up, where other instruments are blank, may stand for dropouts.",
         held_by=("import preview",)),
    kept("I13", "The file is within the limits of size, rows, columns, memory and time.", "import"),
    kept("I14", "A REDCap export and its dictionary belong together.", "import"),
    kept("I15", "Each column of a file is mapped to one thing of the record, or to none.", "import"),
    kept("I16", "No two cells of a file say something else of the same value.", "import"),
    kept("I17", "What is committed or undone is what was previewed: the record did not change meanwhile.", "import"),
    kept("I18", "A batch is previewed, committed and undone in this order, each once.", "import"),
    kept("K1", "A token has scopes that exist.", "command"),
    kept("K2", "A token lives for 1 to 90 days.", "command"),
    kept("K3", "A token that reads or writes rows as they are recorded is identified; one that pulls them is not.",
         "command"),
    kept("K4", "A token of the profile limited names the agreement under which dates leave.", "command"),
    kept("Q1", "A query is asked, answered, sent back, closed and waived in words, by its steps.", "form", "API"),
    kept("Q2", "What is verified is the value that was looked at.", "form", "API"),
    kept("A1", "A second reading is blinded, whole, and each disagreement settled once with a reason.", "form"),
)  # fmt: skip
