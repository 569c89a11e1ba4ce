#include "winsdk.h"
