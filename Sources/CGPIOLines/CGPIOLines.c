#include "CGPIOLines.h"
