"""How the centre behaves: resolved scenario and demand in, log out."""
