// What the program dialect and the package schema both number, they number alike: the writer casts one to the other.
#include "runtime/abi/Numbering.h"
#include "ir/program/Program.h"
#include "runtime/abi/package_generated.h"

using namespace vae;

using program::BufferKind;
using program::ProgramKind;

using BufferKinds = abi::Enumerators<BufferKind::input, BufferKind::output, BufferKind::parameter, BufferKind::state,
                                     BufferKind::scalar, BufferKind::rng, BufferKind::constant, BufferKind::transient,
                                     BufferKind::prepared>;
static_assert(BufferKinds::agreeWith<abi::BufferKind_input, abi::BufferKind_output, abi::BufferKind_parameter,
                                     abi::BufferKind_state, abi::BufferKind_scalar, abi::BufferKind_rng,
                                     abi::BufferKind_constant, abi::BufferKind_transient, abi::BufferKind_prepared>());
static_assert(BufferKinds::countTo(abi::BufferKind_MAX));
static_assert(program::getMaxEnumValForBufferKind() == abi::BufferKind_MAX);

using ProgramKinds =
    abi::Enumerators<ProgramKind::entry, ProgramKind::gradient, ProgramKind::train, ProgramKind::prepare>;
static_assert(ProgramKinds::agreeWith<abi::ProgramKind_entry, abi::ProgramKind_gradient, abi::ProgramKind_train,
                                      abi::ProgramKind_prepare>());
static_assert(ProgramKinds::countTo(abi::ProgramKind_MAX));
static_assert(program::getMaxEnumValForProgramKind() == abi::ProgramKind_MAX);

using SizeOps = abi::Enumerators<Size::Op::Constant, Size::Op::Symbol, Size::Op::Add, Size::Op::Mul, Size::Op::Divide,
                                 Size::Op::FloorDivide>;
static_assert(SizeOps::agreeWith<abi::SizeOp_constant, abi::SizeOp_symbol, abi::SizeOp_add, abi::SizeOp_mul,
                                 abi::SizeOp_divide, abi::SizeOp_floor_divide>());
static_assert(SizeOps::countTo(abi::SizeOp_MAX));
