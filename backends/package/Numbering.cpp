// What the program dialect and the package schema both number, they number alike: the writer casts one to the other.
#include "ir/program/Program.h"
#include "runtime/abi/package_generated.h"

using namespace vae;

template <auto Ours, auto Theirs> static constexpr bool agree = static_cast<int>(Ours) == static_cast<int>(Theirs);

using program::BufferKind;
static_assert(agree<BufferKind::input, abi::BufferKind_input>);
static_assert(agree<BufferKind::output, abi::BufferKind_output>);
static_assert(agree<BufferKind::parameter, abi::BufferKind_parameter>);
static_assert(agree<BufferKind::state, abi::BufferKind_state>);
static_assert(agree<BufferKind::scalar, abi::BufferKind_scalar>);
static_assert(agree<BufferKind::rng, abi::BufferKind_rng>);
static_assert(agree<BufferKind::constant, abi::BufferKind_constant>);
static_assert(agree<BufferKind::transient, abi::BufferKind_transient>);
static_assert(program::getMaxEnumValForBufferKind() == abi::BufferKind_MAX);

using program::ProgramKind;
static_assert(agree<ProgramKind::entry, abi::ProgramKind_entry>);
static_assert(agree<ProgramKind::gradient, abi::ProgramKind_gradient>);
static_assert(agree<ProgramKind::train, abi::ProgramKind_train>);
static_assert(program::getMaxEnumValForProgramKind() == abi::ProgramKind_MAX);

static_assert(agree<Size::Op::Constant, abi::SizeOp_constant>);
static_assert(agree<Size::Op::Symbol, abi::SizeOp_symbol>);
static_assert(agree<Size::Op::Add, abi::SizeOp_add>);
static_assert(agree<Size::Op::Mul, abi::SizeOp_mul>);
static_assert(agree<Size::Op::Divide, abi::SizeOp_divide>);
static_assert(agree<Size::Op::FloorDivide, abi::SizeOp_floor_divide>);
static_assert(agree<Size::Op::FloorDivide, abi::SizeOp_MAX>);
