// Catch2, whichever major version the system has.
#ifndef VAE_TESTS_CATCH_H
#define VAE_TESTS_CATCH_H

#if __has_include(<catch2/catch_all.hpp>)
#include <catch2/catch_all.hpp>
using Catch::Approx;
#else
#include <catch2/catch.hpp>
#endif

#endif // VAE_TESTS_CATCH_H
