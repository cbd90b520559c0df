"""A pickled table that the test has not made is read with `pandas`.

`pandas.read_pickle` loads a pickle, and loading a pickle runs code that it names. A
file that the test has not written, or one behind a URL, can be anybody's.

What the same test has written with `to_pickle`, and a file in the test's own temporary
folder, are not findings; the `strict` profile names every call, those as low.

Keep tables in a format that holds data only: `pandas.read_csv(path)` or
`pandas.read_parquet(path)`.
"""

import ast
from collections.abc import Iterator

from checks.api import Bad, Good, Outcome, Rule
from checks.context import Context
from checks.rules.inputs._loading import loaded, of_path

rule = Rule(
    id="pandas-read-pickle",
    severity="medium",
    cwe=502,
    bad=[
        Bad("import pandas\ndef test_a():\n    table = pandas.read_pickle('data/golden.pkl')"),
        Bad("import os, pandas as pd\ntable = pd.read_pickle(os.environ['TABLE'])"),
        Bad("from pandas import read_pickle as read\nread('https://files.example.org/a.pkl')"),
        Bad("from pandas.io.pickle import read_pickle\nread_pickle(make())", profile="strict"),
        Bad("import pandas as pd\nREADERS = {'pkl': pd.read_pickle}", profile="strict"),
    ],
    good=[
        "import pandas as pd\ndef test_a(tmp_path):\n    pd.read_pickle(tmp_path / 'a.pkl')",
        (
            "import pandas as pd\ndef test_a(table, target):\n    table.to_pickle(target)\n"
            "    pd.read_pickle('a.pkl')"
        ),
        "import pandas\ndef test_a():\n    table = pandas.read_csv('data/golden.csv')",
        "def test_a(pandas):\n    pandas.read_pickle('data/golden.pkl')",
        Good("import pandas\npandas.read_csv('a')", profile="strict"),
    ],
)


@rule.on_call("pandas.read_pickle", "pandas.io.pickle.read_pickle", "pandas.io.api.read_pickle")
def visit(call: ast.Call, ctx: Context) -> Iterator[Outcome]:
    data = of_path(ctx, call, ctx.argument(call, 0, "filepath_or_buffer"))
    yield from loaded(rule, ctx, call, data)


rule.on_value("pandas.read_pickle", "pandas.io.pickle.read_pickle")
