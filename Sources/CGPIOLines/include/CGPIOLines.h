// One face for libgpiod 1.6 and 2.x.
#pragma once
