// AutoencoderKL, VQModel, AutoencoderTiny: their fields, and what shapes tell.
#include "backends/checkpoints/Families.h"
#include "backends/checkpoints/TensorShapes.h"

using namespace llvm;

namespace vae::checkpoints {
namespace {

/// Of both first stages of latent diffusion.
constexpr Field firstStageFields[] = {
    {"in_channels"},
    {"out_channels"},
    {"block_out_channels"},
    {"layers_per_block"},
    {"latent_channels"},
    {"norm_num_groups"},
    {"scaling_factor"},
    {"mid_block_add_attention"},
    {"act_fn", FieldUse::fixed, "\"silu\""},
    {"sample_size", FieldUse::ignored},  // sizes are those of the run
    {"force_upcast", FieldUse::ignored}, // all is computed in f32
};

constexpr Field gaussianFields[] = {
    {"shift_factor"},
    {"latents_mean"},
    {"latents_std"},
    {"use_quant_conv"},
    {"use_post_quant_conv"},
    {"down_block_types", FieldUse::blockTypes, "DownEncoderBlock2D"},
    {"up_block_types", FieldUse::blockTypes, "UpDecoderBlock2D"},
};

constexpr Field codeFields[] = {
    {"num_vq_embeddings"},
    {"vq_embed_dim"},
    {"norm_type", FieldUse::fixed, "\"group\""},
    {"lookup_from_codebook", FieldUse::fixed, "false"},
    {"down_block_types", FieldUse::blockTypes, "DownEncoderBlock2D", "attended_down"},
    {"up_block_types", FieldUse::blockTypes, "UpDecoderBlock2D", "attended_up"},
};

constexpr Field tinyFields[] = {
    {"in_channels"},
    {"out_channels"},
    {"encoder_block_out_channels"},
    {"decoder_block_out_channels"},
    {"latent_channels"},
    {"num_encoder_blocks"},
    {"num_decoder_blocks"},
    {"upsampling_scaling_factor"},
    {"latent_magnitude"},
    {"latent_shift"},
    {"scaling_factor"},
    {"shift_factor"},
    {"act_fn", FieldUse::fixed, "\"relu\""},
    {"upsample_fn", FieldUse::fixed, "\"nearest\""},
    {"block_out_channels", FieldUse::ignored}, // a copy of decoder_block_out_channels
    {"force_upcast", FieldUse::ignored},
};

constexpr ArrayRef<Field> autoencoderKl[] = {firstStageFields, gaussianFields};
constexpr ArrayRef<Field> vqModel[] = {firstStageFields, codeFields};
constexpr ArrayRef<Field> autoencoderTiny[] = {tinyFields};

/// What encoder and decoder of latent diffusion show, over codes or not.
Bindings inferLatentDiffusion(const Tensors &tensors) {
  Bindings bindings;
  const std::vector<int64_t> widths = levelWidths(tensors, "encoder.down_blocks");
  const int64_t layers = countLayers(tensors, "encoder.down_blocks.0.resnets.", ".conv2.weight");
  if (!widths.empty())
    bindings = {{"block_out_channels", listText(widths)}, {"layers_per_block", std::to_string(layers)}};
  bindExtent(bindings, "in_channels", extent(tensors, "encoder.conv_in.weight", 1));
  bindExtent(bindings, "out_channels", extent(tensors, "decoder.conv_out.weight", 0));
  bindExtent(bindings, "latent_channels", extent(tensors, "decoder.conv_in.weight", 1));
  bindPresence(bindings, "mid_block_add_attention", has(tensors, "decoder.mid_block.attentions.0.to_q.weight"));
  return bindings;
}

Bindings inferAutoencoderKl(const Tensors &tensors) {
  Bindings bindings = inferLatentDiffusion(tensors);
  bindPresence(bindings, "use_quant_conv", has(tensors, "quant_conv.weight"));
  bindPresence(bindings, "use_post_quant_conv", has(tensors, "post_quant_conv.weight"));
  return bindings;
}

Bindings inferVqModel(const Tensors &tensors) {
  Bindings bindings = inferLatentDiffusion(tensors);
  bindExtent(bindings, "num_vq_embeddings", extent(tensors, "quantize.embedding.weight", 0));
  bindExtent(bindings, "vq_embed_dim", extent(tensors, "quantize.embedding.weight", 1));
  bindings["attended_down"] = attendedText(tensors, "encoder.down_blocks", "attentions.0.to_q.weight");
  bindings["attended_up"] = attendedText(tensors, "decoder.up_blocks", "attentions.0.to_q.weight");
  return bindings;
}

/// The numbered layers of one side of an AutoencoderTiny: convolutions between its levels, and blocks a level.
struct TinySide {
  std::vector<int64_t> widths, blocks;
};

/// A convolution begins a level of the encoder, and ends one of the decoder; activations and enlargements have no weights.
TinySide readTinySide(const Tensors &tensors, StringRef side, bool convolutionsFirst) {
  TinySide result;
  int64_t blocks = 0, silent = 0;
  // Two numbers in a row without weights end the side: no model has more than one.
  for (int64_t n = convolutionsFirst ? 0 : 2; silent < 2; ++n) {
    const std::string layer = (side + ".layers." + Twine(n)).str();
    std::optional<int64_t> width = extent(tensors, layer + ".weight", convolutionsFirst ? 0 : 1);
    const bool block = has(tensors, layer + ".conv.0.weight");
    silent = width || block ? 0 : silent + 1;
    blocks += block;
    if (!width)
      continue;
    if (!convolutionsFirst || !result.widths.empty())
      result.blocks.push_back(std::exchange(blocks, 0));
    result.widths.push_back(*width);
  }
  if (convolutionsFirst && !result.widths.empty())
    result.widths.pop_back(); // the last makes the latents
  return result;
}

Bindings inferAutoencoderTiny(const Tensors &tensors) {
  TinySide encoder = readTinySide(tensors, "encoder", true), decoder = readTinySide(tensors, "decoder", false);
  Bindings bindings = {{"encoder_block_out_channels", listText(encoder.widths)},
                       {"num_encoder_blocks", listText(encoder.blocks)},
                       {"decoder_block_out_channels", listText(decoder.widths)},
                       {"num_decoder_blocks", listText(decoder.blocks)}};
  bindExtent(bindings, "in_channels", extent(tensors, "encoder.layers.0.weight", 1));
  bindExtent(bindings, "latent_channels", extent(tensors, "decoder.layers.0.weight", 1));
  return bindings;
}

constexpr Family autoencoderFamilies[] = {
    {"VQModel", "vq_model/vq_model.vae", vqModel, "quantize.embedding.", inferVqModel, "scaling_factor"},
    {"AutoencoderTiny", "autoencoder_tiny/autoencoder_tiny.vae", autoencoderTiny, "decoder.layers.",
     inferAutoencoderTiny},
    {"AutoencoderKL", "autoencoder_kl/autoencoder_kl.vae", autoencoderKl, "decoder.up_blocks.", inferAutoencoderKl,
     "scaling_factor"},
};

} // namespace

ArrayRef<Family> autoencoders() { return autoencoderFamilies; }

} // namespace vae::checkpoints
