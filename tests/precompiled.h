// The foreign headers that most tests use; precompiled, never included by hand.
#ifndef VAE_TESTS_PRECOMPILED_H
#define VAE_TESTS_PRECOMPILED_H

#include "tests/catch.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <filesystem>
#include <flatbuffers/flatbuffers.h>
#include <functional>
#include <map>
#include <memory>
#include <numeric>
#include <random>
#include <set>
#include <span>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#endif // VAE_TESTS_PRECOMPILED_H
