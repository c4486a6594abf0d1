"""How it is shown: tables and charts of result objects; nothing here computes."""
