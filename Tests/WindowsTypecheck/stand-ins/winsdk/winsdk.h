/* What Swift's own module of that name has for Windows, as far as swift-log asks for it. */
#include <winsock2.h>
#include <windows.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
