// Enumerations of the C API are numbered as the runtime's own: the API casts one to the other.
#include "runtime/abi/Numbering.h"
#include "runtime/api/vae_runtime.h"
#include "runtime/package/Package.h"

namespace vae::runtime {

using ElementTypes = abi::Enumerators<ElementType::f32, ElementType::i32, ElementType::u8, ElementType::i64,
                                      ElementType::f16, ElementType::bf16, ElementType::f64>;
static_assert(ElementTypes::agreeWith<VAE_F32, VAE_I32, VAE_U8, VAE_I64, VAE_F16, VAE_BF16, VAE_F64>());
static_assert(ElementTypes::countTo(elementTypeCount - 1));

using ProgramKinds =
    abi::Enumerators<ProgramKind::entry, ProgramKind::gradient, ProgramKind::train, ProgramKind::prepare>;
static_assert(
    ProgramKinds::agreeWith<VAE_PROGRAM_ENTRY, VAE_PROGRAM_GRADIENT, VAE_PROGRAM_TRAIN, VAE_PROGRAM_PREPARE>());

using StatusCodes =
    abi::Enumerators<StatusCode::ok, StatusCode::invalidArgument, StatusCode::notFound, StatusCode::invalidFile,
                     StatusCode::io, StatusCode::outOfMemory, StatusCode::unsupported, StatusCode::nonFinite,
                     StatusCode::deviceFailed, StatusCode::cancelled, StatusCode::internal>;
static_assert(
    StatusCodes::agreeWith<VAE_OK, VAE_INVALID_ARGUMENT, VAE_NOT_FOUND, VAE_INVALID_FILE, VAE_IO, VAE_OUT_OF_MEMORY,
                           VAE_UNSUPPORTED, VAE_NON_FINITE, VAE_DEVICE_FAILED, VAE_CANCELLED, VAE_INTERNAL>());

} // namespace vae::runtime
