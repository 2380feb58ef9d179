// A C face for toml++.
#pragma once
