"""Figures of Portier's sound beside those of its peers: see ../README.md."""
