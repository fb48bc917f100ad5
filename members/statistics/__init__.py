"""Statistics (REG-17): `statements` how days are counted · `periods` which days a page looks at · `reading` sums up the tree ·
`suppression` what stays hidden · `outlook` churn and forecast · `reports` the rows that feed page, files, charts and paper."""
