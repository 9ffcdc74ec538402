// The runtime's enumerations are numbered as in package.fbs and in the C API: the reader and the API cast one to the other.
#include "runtime/abi/package_generated.h"
#include "runtime/api/vae_runtime.h"
#include "runtime/package/Package.h"

namespace vae::runtime {

template <auto Ours, auto Theirs> static constexpr bool agree = static_cast<int>(Ours) == static_cast<int>(Theirs);

static_assert(agree<ElementType::f32, abi::ElementType_f32>);
static_assert(agree<ElementType::i32, abi::ElementType_i32>);
static_assert(agree<ElementType::u8, abi::ElementType_u8>);
static_assert(agree<ElementType::i64, abi::ElementType_i64>);
static_assert(agree<ElementType::f16, abi::ElementType_f16>);
static_assert(agree<ElementType::bf16, abi::ElementType_bf16>);
static_assert(agree<ElementType::f64, abi::ElementType_f64>);
static_assert(elementTypeCount == abi::ElementType_MAX + 1);

static_assert(agree<Layout::rowMajor, abi::Layout_row_major>);
static_assert(agree<Layout::panels32, abi::Layout_panels32>);
static_assert(layoutCount == abi::Layout_MAX + 1);

static_assert(agree<InitKind::zeros, abi::InitKind_zeros>);
static_assert(agree<InitKind::constant, abi::InitKind_constant>);
static_assert(agree<InitKind::uniform, abi::InitKind_uniform>);
static_assert(agree<InitKind::normal, abi::InitKind_normal>);
static_assert(agree<InitKind::normal, abi::InitKind_MAX>);

static_assert(agree<BufferKind::input, abi::BufferKind_input>);
static_assert(agree<BufferKind::output, abi::BufferKind_output>);
static_assert(agree<BufferKind::parameter, abi::BufferKind_parameter>);
static_assert(agree<BufferKind::state, abi::BufferKind_state>);
static_assert(agree<BufferKind::scalar, abi::BufferKind_scalar>);
static_assert(agree<BufferKind::rng, abi::BufferKind_rng>);
static_assert(agree<BufferKind::constant, abi::BufferKind_constant>);
static_assert(agree<BufferKind::transient, abi::BufferKind_transient>);
static_assert(agree<BufferKind::transient, abi::BufferKind_MAX>);

static_assert(agree<Access::read, abi::Access_read>);
static_assert(agree<Access::write, abi::Access_write>);
static_assert(agree<Access::readWrite, abi::Access_read_write>);
static_assert(agree<Access::readWrite, abi::Access_MAX>);

static_assert(agree<ProgramKind::entry, abi::ProgramKind_entry>);
static_assert(agree<ProgramKind::gradient, abi::ProgramKind_gradient>);
static_assert(agree<ProgramKind::train, abi::ProgramKind_train>);
static_assert(agree<ProgramKind::train, abi::ProgramKind_MAX>);

static_assert(agree<SizeOp::constant, abi::SizeOp_constant>);
static_assert(agree<SizeOp::symbol, abi::SizeOp_symbol>);
static_assert(agree<SizeOp::add, abi::SizeOp_add>);
static_assert(agree<SizeOp::mul, abi::SizeOp_mul>);
static_assert(agree<SizeOp::divide, abi::SizeOp_divide>);
static_assert(agree<SizeOp::floorDivide, abi::SizeOp_floor_divide>);
static_assert(agree<SizeOp::floorDivide, abi::SizeOp_MAX>);

static_assert(agree<ElementType::f32, VAE_F32>);
static_assert(agree<ElementType::i32, VAE_I32>);
static_assert(agree<ElementType::u8, VAE_U8>);
static_assert(agree<ElementType::i64, VAE_I64>);
static_assert(agree<ElementType::f16, VAE_F16>);
static_assert(agree<ElementType::bf16, VAE_BF16>);
static_assert(agree<ElementType::f64, VAE_F64>);

static_assert(agree<ProgramKind::entry, VAE_PROGRAM_ENTRY>);
static_assert(agree<ProgramKind::gradient, VAE_PROGRAM_GRADIENT>);
static_assert(agree<ProgramKind::train, VAE_PROGRAM_TRAIN>);

static_assert(agree<StatusCode::ok, VAE_OK>);
static_assert(agree<StatusCode::invalidArgument, VAE_INVALID_ARGUMENT>);
static_assert(agree<StatusCode::notFound, VAE_NOT_FOUND>);
static_assert(agree<StatusCode::invalidFile, VAE_INVALID_FILE>);
static_assert(agree<StatusCode::io, VAE_IO>);
static_assert(agree<StatusCode::outOfMemory, VAE_OUT_OF_MEMORY>);
static_assert(agree<StatusCode::unsupported, VAE_UNSUPPORTED>);
static_assert(agree<StatusCode::nonFinite, VAE_NON_FINITE>);
static_assert(agree<StatusCode::deviceFailed, VAE_DEVICE_FAILED>);
static_assert(agree<StatusCode::cancelled, VAE_CANCELLED>);
static_assert(agree<StatusCode::internal, VAE_INTERNAL>);

} // namespace vae::runtime
