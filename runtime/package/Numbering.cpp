// The runtime's enumerations are numbered as in package.fbs: the reader casts one to the other.
#include "runtime/abi/Numbering.h"
#include "runtime/abi/package_generated.h"
#include "runtime/package/Package.h"

namespace vae::runtime {

using ElementTypes = abi::Enumerators<ElementType::f32, ElementType::i32, ElementType::u8, ElementType::i64,
                                      ElementType::f16, ElementType::bf16, ElementType::f64>;
static_assert(
    ElementTypes::agreeWith<abi::ElementType_f32, abi::ElementType_i32, abi::ElementType_u8, abi::ElementType_i64,
                            abi::ElementType_f16, abi::ElementType_bf16, abi::ElementType_f64>());
static_assert(ElementTypes::countTo(abi::ElementType_MAX));

using InitKinds = abi::Enumerators<InitKind::zeros, InitKind::constant, InitKind::uniform, InitKind::normal>;
static_assert(
    InitKinds::agreeWith<abi::InitKind_zeros, abi::InitKind_constant, abi::InitKind_uniform, abi::InitKind_normal>());
static_assert(InitKinds::countTo(abi::InitKind_MAX));

using BufferKinds = abi::Enumerators<BufferKind::input, BufferKind::output, BufferKind::parameter, BufferKind::state,
                                     BufferKind::scalar, BufferKind::rng, BufferKind::constant, BufferKind::transient,
                                     BufferKind::prepared>;
static_assert(BufferKinds::agreeWith<abi::BufferKind_input, abi::BufferKind_output, abi::BufferKind_parameter,
                                     abi::BufferKind_state, abi::BufferKind_scalar, abi::BufferKind_rng,
                                     abi::BufferKind_constant, abi::BufferKind_transient, abi::BufferKind_prepared>());
static_assert(BufferKinds::countTo(abi::BufferKind_MAX));

using Accesss = abi::Enumerators<Access::read, Access::write, Access::readWrite>;
static_assert(Accesss::agreeWith<abi::Access_read, abi::Access_write, abi::Access_read_write>());
static_assert(Accesss::countTo(abi::Access_MAX));

using CodeKinds = abi::Enumerators<CodeKind::native, CodeKind::spirv>;
static_assert(CodeKinds::agreeWith<abi::CodeKind_native, abi::CodeKind_spirv>());
static_assert(CodeKinds::countTo(abi::CodeKind_MAX));

using ProgramKinds =
    abi::Enumerators<ProgramKind::entry, ProgramKind::gradient, ProgramKind::train, ProgramKind::prepare>;
static_assert(ProgramKinds::agreeWith<abi::ProgramKind_entry, abi::ProgramKind_gradient, abi::ProgramKind_train,
                                      abi::ProgramKind_prepare>());
static_assert(ProgramKinds::countTo(abi::ProgramKind_MAX));

using SizeOps =
    abi::Enumerators<SizeOp::constant, SizeOp::symbol, SizeOp::add, SizeOp::mul, SizeOp::divide, SizeOp::floorDivide>;
static_assert(SizeOps::agreeWith<abi::SizeOp_constant, abi::SizeOp_symbol, abi::SizeOp_add, abi::SizeOp_mul,
                                 abi::SizeOp_divide, abi::SizeOp_floor_divide>());
static_assert(SizeOps::countTo(abi::SizeOp_MAX));

static_assert(ElementTypes::countTo(elementTypeCount - 1));
static_assert(CodeKinds::countTo(std::size(codeRules) - 1));

} // namespace vae::runtime
