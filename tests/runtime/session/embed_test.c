/* That the header is C, and that the shared library alone serves a C program. */
#include "runtime/api/vae_runtime.h"

#include <stdio.h>
#include <string.h>

int main(void) {
  vae_error error;
  vae_package *package = NULL;
  if (vae_runtime_version() != VAE_RUNTIME_VERSION)
    return 1;
  if (vae_package_open("/nowhere/model.vaep", &package, &error) != VAE_NOT_FOUND || package)
    return 2;
  if (!strstr(error.message, "/nowhere/model.vaep"))
    return 3;
  return 0;
}
