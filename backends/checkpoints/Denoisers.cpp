// UNet2DModel and UNet2DConditionModel: their fields, their schedulers', and what shapes tell.
#include "backends/checkpoints/Families.h"
#include "backends/checkpoints/TensorShapes.h"

using namespace llvm;

namespace vae::checkpoints {
namespace {

/// Of both U-Nets.
constexpr Field unetFields[] = {
    {"in_channels"},
    {"out_channels"},
    {"block_out_channels"},
    {"center_input_sample"},
    {"time_embedding_dim"},
    {"freq_shift"},
    {"flip_sin_to_cos"},
    {"mid_block_scale_factor"},
    {"downsample_padding"},
    {"dropout"},
    {"norm_num_groups"},
    {"norm_eps"},
    {"resnet_time_scale_shift"},
    {"time_embedding_type", FieldUse::fixed, "\"positional\""},
    {"act_fn", FieldUse::fixed, "\"silu\""},
    {"class_embed_type", FieldUse::fixed, "null"},
    {"num_class_embeds", FieldUse::fixed, "null"},
    {"sample_size", FieldUse::ignored}, // sizes are those of the run
};

constexpr Field pictureUnetFields[] = {
    {"layers_per_block"},
    {"attention_head_dim", FieldUse::obeyed, "0"}, // null: one head
    {"attn_norm_num_groups"},
    {"add_attention"},
    {"down_block_types", FieldUse::blockTypes, "DownBlock2D", "attended_down"},
    {"up_block_types", FieldUse::blockTypes, "UpBlock2D", "attended_up"},
    {"mid_block_type", FieldUse::fixed, "\"UNetMidBlock2D\""},
    {"downsample_type", FieldUse::fixed, "\"conv\""},
    {"upsample_type", FieldUse::fixed, "\"conv\""},
    {"num_train_timesteps", FieldUse::ignored}, // of time embeddings that are learned
};

constexpr Field conditionalUnetFields[] = {
    {"layers_per_block", FieldUse::perLevel},
    {"cross_attention_dim"},
    {"attention_head_dim", FieldUse::perLevel},
    {"transformer_layers_per_block", FieldUse::perLevel},
    {"use_linear_projection"},
    {"conv_in_kernel"},
    {"conv_out_kernel"},
    {"down_block_types", FieldUse::blockTypes, "DownBlock2D", "attended_down", "CrossAttn"},
    {"up_block_types", FieldUse::blockTypes, "UpBlock2D", "attended_up", "CrossAttn"},
    {"mid_block_type", FieldUse::fixed, "\"UNetMidBlock2DCrossAttn\""},
    {"only_cross_attention", FieldUse::fixed, "false"},
    {"reverse_transformer_layers_per_block", FieldUse::fixed, "null"},
    {"encoder_hid_dim", FieldUse::fixed, "null"},
    {"encoder_hid_dim_type", FieldUse::fixed, "null"},
    {"num_attention_heads", FieldUse::fixed, "null"},
    {"dual_cross_attention", FieldUse::fixed, "false"},
    {"addition_embed_type", FieldUse::fixed, "null"},
    {"resnet_skip_time_act", FieldUse::fixed, "false"},
    {"time_embedding_act_fn", FieldUse::fixed, "null"},
    {"timestep_post_act", FieldUse::fixed, "null"},
    {"time_cond_proj_dim", FieldUse::fixed, "null"},
    {"attention_type", FieldUse::fixed, "\"default\""},
    {"class_embeddings_concat", FieldUse::fixed, "false"},
    {"cross_attention_norm", FieldUse::fixed, "null"},
    {"upcast_attention", FieldUse::ignored},                      // all is computed in f32
    {"mid_block_only_cross_attention", FieldUse::ignored},        // null is false, as only_cross_attention is
    {"resnet_out_scale_factor", FieldUse::ignored},               // of kinds of levels that are refused
    {"addition_time_embed_dim", FieldUse::ignored},               // of additions, which are refused
    {"addition_embed_type_num_heads", FieldUse::ignored},         // the same
    {"projection_class_embeddings_input_dim", FieldUse::ignored}, // the same
};

/// How noise was added in training; how a sampler goes back is the model's own.
constexpr Field noiseFields[] = {
    {"num_train_timesteps"},
    {"beta_start"},
    {"beta_end"},
    {"beta_schedule"},
    {"prediction_type"},
    {"trained_betas", FieldUse::fixed, "null"},
    {"rescale_betas_zero_snr", FieldUse::fixed, "false"},
};
constexpr Field latentSamplerFields[] = {{"steps_offset"}, {"set_alpha_to_one"}};
constexpr Field pictureSamplerFields[] = {
    {"variance_type"}, {"clip_sample"}, {"clip_sample_range"}, {"thresholding", FieldUse::fixed, "false"}};
constexpr ArrayRef<Field> pictureUnet[] = {unetFields, pictureUnetFields};
constexpr ArrayRef<Field> conditionalUnet[] = {unetFields, conditionalUnetFields};
constexpr ArrayRef<Field> latentScheduler[] = {noiseFields, latentSamplerFields};
constexpr ArrayRef<Field> pictureScheduler[] = {noiseFields, pictureSamplerFields};

/// What both have. `attention`: a weight of a level's first attention.
Bindings inferUnet(const Tensors &tensors, StringRef attention) {
  Bindings bindings = {{"block_out_channels", listText(levelWidths(tensors, "down_blocks"))},
                       {"attended_down", attendedText(tensors, "down_blocks", attention)},
                       {"attended_up", attendedText(tensors, "up_blocks", attention)}};
  bindExtent(bindings, "in_channels", extent(tensors, "conv_in.weight", 1));
  bindExtent(bindings, "out_channels", extent(tensors, "conv_out.weight", 0));
  bindExtent(bindings, "time_embedding_dim", extent(tensors, "time_embedding.linear_1.weight", 0));
  return bindings;
}

Bindings inferUnet2D(const Tensors &tensors) {
  Bindings bindings = inferUnet(tensors, "attentions.0.to_q.weight");
  bindings["layers_per_block"] = std::to_string(countLayers(tensors, "down_blocks.0.resnets.", ".conv2.weight"));
  bindPresence(bindings, "add_attention", has(tensors, "mid_block.attentions.0.to_q.weight"));
  return bindings;
}

Bindings inferUnet2DCondition(const Tensors &tensors) {
  constexpr StringRef firstBlock = ".attn2.to_k.weight";
  Bindings bindings = inferUnet(tensors, "attentions.0.transformer_blocks.0.attn2.to_k.weight");
  std::vector<int64_t> layers, depths;
  for (size_t level = 0, count = levelWidths(tensors, "down_blocks").size(); level < count; ++level) {
    const std::string here = "down_blocks." + std::to_string(level);
    layers.push_back(countLayers(tensors, here + ".resnets.", ".conv2.weight"));
    depths.push_back(
        std::max<int64_t>(1, countLayers(tensors, here + ".attentions.0.transformer_blocks.", firstBlock)));
  }
  bindings["layers_per_block"] = listText(layers);
  bindings["transformer_layers_per_block"] = listText(depths);
  bindExtent(bindings, "cross_attention_dim",
             extent(tensors, "mid_block.attentions.0.transformer_blocks.0.attn2.to_k.weight", 1));
  bindExtent(bindings, "conv_in_kernel", extent(tensors, "conv_in.weight", 3));
  bindExtent(bindings, "conv_out_kernel", extent(tensors, "conv_out.weight", 3));
  bindPresence(bindings, "use_linear_projection", !extent(tensors, "mid_block.attentions.0.proj_in.weight", 3));
  return bindings;
}

constexpr Family denoiserFamilies[] = {
    {"UNet2DConditionModel", "latent_diffusion/denoiser.vae", conditionalUnet,
     "mid_block.attentions.0.transformer_blocks.", inferUnet2DCondition, "attention_head_dim", latentScheduler,
     /*alone=*/true},
    {"UNet2DModel", "ddpm/ddpm.vae", pictureUnet, "time_embedding.linear_1.", inferUnet2D, "attention_head_dim",
     pictureScheduler, /*alone=*/true},
};

} // namespace

ArrayRef<Family> denoisers() { return denoiserFamilies; }

} // namespace vae::checkpoints
