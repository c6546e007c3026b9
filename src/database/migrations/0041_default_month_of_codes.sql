-- The daily work looks into every default partition for rows of no month.
GRANT SELECT ON exchange_code_default TO :"registry_role";
