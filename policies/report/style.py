"""How the HTML report looks. Colour never says alone what a word does not say too."""

from typing import Final

STYLE: Final = """
:root{color-scheme:light dark}
body{font:16px/1.5 system-ui,sans-serif;max-width:70rem;margin:0 auto;padding:1rem}
h1{line-height:1.2}
code,pre{font-size:.9em;overflow-wrap:anywhere;white-space:pre-wrap}
pre{background:#8881;padding:.75rem;border-radius:.25rem}
table{border-collapse:collapse;width:100%;font-size:.9em}
th,td{text-align:left;vertical-align:top;padding:.35rem .5rem;border-bottom:1px solid #8884}
details{border-bottom:1px solid #8883;padding:.35rem 0}
summary{cursor:pointer}
nav a{margin-right:1rem}
ul.totals{list-style:none;padding:0;display:flex;flex-wrap:wrap;gap:.5rem}
ul.totals li,span[class^=v-]{
padding:.05rem .5rem;border-radius:.25rem;white-space:nowrap;
color:#111}
.v-fail{background:#f3b5b0}
.v-undecidable{background:#f5dc9a}
.v-waived{background:#cfc3ee}
.v-pass{background:#b7e0bd}
.v-not-applicable,.v-none{background:#d5d8dc}
@media print{details{break-inside:avoid}nav{display:none}}
""".strip()
