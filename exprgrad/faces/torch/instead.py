"""What PyTorch has and `exprgrad.dynamic` has not, with what to write instead. An empty sentence is the general one."""

from __future__ import annotations

from typing import Final

from exprgrad.faces.answers import by_name

_NUMPY: Final = "numpy has it: compute it from x.detach().numpy(), and torch.tensor(...) makes a constant of the result"
_RANDOM: Final = "numpy makes random numbers: torch.tensor(numpy.random.default_rng(0).normal(size=3))"
_TYPES: Final = "numbers are torch.float64 or torch.float32; x.double() and x.float() change that"
_DEVICE: Final = "leave it away: all is computed by the processor"
_LOGIC: Final = "truth values are the numbers 1 and 0: a * b is a and b, torch.maximum(a, b) is a or b"
_CHOOSE: Final = "torch.where(condition, x, y) chooses by a condition, x.index_select(dim, index) by position"
_PLACE: Final = "x[2, :3] = y assigns to numbers and slices, torch.where(condition, y, x) by a condition"
_PARTS: Final = "index it: x[:2], x[2:], x[:, 0]"
_SHAPE: Final = "x.reshape(...), x.permute(...), x.unsqueeze(dim) and x.squeeze(dim) change the shape of a new tensor"
_WIDE: Final = "operations broadcast by themselves; x * torch.ones(2, 3) is x in that shape"
_MATRIX: Final = "torch.linalg has det, inv, solve and norm; numpy.linalg has the rest, for constants"
_SUMS: Final = "write it with sums and products: x.sum(dim), x @ y, (x * y).sum()"
_MAKE: Final = "torch.tensor(data), torch.zeros(2, 3), torch.ones_like(x) and torch.full((2,), 1.0) make tensors"
_STEP: Final = "step by hand: with torch.no_grad(): w -= 0.1 * w.grad"
_LOSS: Final = "write the formula: ((x - y)**2).mean(), -(y * torch.log(p)).sum()"
_AUTOGRAD: Final = "compose operations of tensors made by torch.tensor(data, requires_grad=True): they have derivatives"
_CHECK: Final = "x == x is 0 for a nan, abs(x) == torch.inf is 1 for an infinity"

# By names of a tensor's attributes.
TENSOR: Final[dict[str, str]] = {
    "cuda xpu ipu hpu mtia device get_device is_cuda pin_memory is_pinned record_stream is_cpu is_ipu is_maia "
    "is_mkldnn is_mps is_mtia is_vulkan is_xla is_xpu": _DEVICE,
    "int long short byte char bool half bfloat16 "
    "cfloat cdouble chalf type type_as is_complex is_floating_point dequantize int_repr is_quantized "
    "q_per_channel_axis q_per_channel_scales q_per_channel_zero_points q_scale q_zero_point qscheme": _TYPES,
    "argmax argmin argsort sort msort topk kthvalue mode median nanmedian unique unique_consecutive histc histogram "
    "bincount quantile nanquantile nonzero argwhere count_nonzero cov corrcoef isclose nan_to_num": _NUMPY,
    "random_ uniform_ normal_ bernoulli bernoulli_ exponential_ geometric_ cauchy_ log_normal_ multinomial": _RANDOM,
    "logical_and logical_or logical_xor logical_and_ logical_or_ logical_xor_ bitwise_and bitwise_or bitwise_xor "
    "bitwise_not bitwise_and_ bitwise_or_ bitwise_xor_ bitwise_not_": _LOGIC,
    "gather take take_along_dim masked_select select": _CHOOSE,
    "scatter scatter_ scatter_add scatter_add_ scatter_reduce scatter_reduce_ index_add index_add_ index_copy "
    "index_copy_ index_fill index_fill_ index_put index_put_ masked_fill masked_fill_ masked_scatter masked_scatter_ "
    "put put_ fill_diagonal_ select_scatter slice_scatter diagonal_scatter": _PLACE,
    "chunk split unbind narrow tensor_split split_with_sizes unsafe_chunk unsafe_split unsafe_split_with_sizes hsplit "
    "vsplit dsplit diagonal": _PARTS,
    "flatten unflatten ravel view_as reshape_as swapaxes swapdims movedim moveaxis contiguous resize_ resize_as_ "
    "as_strided t_ transpose_ squeeze_ unsqueeze_ swapaxes_ swapdims_ mT mH H adjoint rot90 roll fliplr flipud": _SHAPE,
    "expand expand_as broadcast_to repeat repeat_interleave tile sum_to_size": _WIDE,
    "svd qr eig symeig cholesky cholesky_inverse cholesky_solve lu lu_solve pinverse slogdet matrix_exp matrix_power "
    "lstsq triangular_solve tril triu tril_ triu_ diag_embed diagflat kron cross ger": _MATRIX,
    "addmm addmm_ addmv addmv_ addbmm baddbmm bmm addr addcmul addcmul_ addcdiv addcdiv_ inner vdot cumprod cumprod_ "
    "nansum nanmean aminmax cummax cummin logcumsumexp lerp lerp_ dist diff trapezoid renorm": _SUMS,
    "new new_tensor new_zeros new_ones new_full new_empty": _MAKE,
    "isnan isinf isfinite isreal isneginf isposinf": _CHECK,
    "log_softmax": "x - x.logsumexp(dim, keepdim=True)",
    "detach_": "x = x.detach()",
    "set_": "x.data = y",
    "cumsum_": "x = x.cumsum(dim)",
    "stride storage storage_offset data_ptr untyped_storage layout element_size nbytes itemsize is_contiguous "
    "share_memory_ is_shared is_sparse to_sparse to_dense coalesce names rename align_to "
    "ccol_indices col_indices crow_indices dense_dim indices is_coalesced is_sparse_csr resize_as_sparse_ row_indices "
    "smm sparse_dim sparse_mask sparse_resize_ sparse_resize_and_clear_ to_mkldnn to_padded_tensor to_sparse_bsc "
    "to_sparse_bsr to_sparse_coo to_sparse_csc to_sparse_csr values": "",
    "ndimension": "x.dim()",
    "nelement": "x.numel()",
    "is_nonzero": "bool(x)",
    "register_post_accumulate_grad_hook": "x.register_hook(f) sees a gradient on its way",
    "clamp_min clamp_max clamp_min_ clamp_max_": "x.clamp(min=low), x.clamp(max=high)",
    "frac frac_ fix fix_": "x - torch.trunc(x), torch.trunc(x)",
    "erfinv erfinv_ i0 logit logit_ igamma igammac mvlgamma nextafter ldexp frexp signbit sgn sgn_ hardshrink prelu "
    "addbmm_ addr_ as_strided_ as_strided_scatter as_subclass baddbmm_ bitwise_left_shift bitwise_left_shift_ "
    "bitwise_right_shift bitwise_right_shift_ conj_physical conj_physical_ const_data_ptr dim_order float_power_ gcd_ "
    "geqrf grad_dtype hash_tensor i0_ igamma_ igammac_ index_reduce index_reduce_ is_conj is_distributed is_inference "
    "is_meta is_neg is_nested is_same_size is_set_to is_signed istft lcm_ ldexp_ map2_ module_load mvlgamma_ name "
    "nan_to_num_ narrow_copy new_empty_strided nextafter_ nonzero_static orgqr ormqr output_nr reinforce renorm_ "
    "resize resize_as resolve_conj resolve_neg slice_inverse solve sspaddmm stft storage_type unfold volatile "
    "angle real imag conj fmax fmin float_power logaddexp2 gcd lcm map_ apply_ item_": "",
}

# By names of the module's.
MODULE: Final = by_name(
    {
        **TENSOR,
        "nn": "write the layer as a formula: y = torch.relu(x @ w + b)",
        "optim lr_scheduler": _STEP,
        "cuda device backends mps xpu set_default_device get_default_device": _DEVICE,
        "int8 int16 int32 int64 uint8 long int short bool half float16 bfloat16 complex64 complex128 dtype "
        "set_default_dtype get_default_dtype set_default_tensor_type finfo iinfo": _TYPES,
        "FloatTensor DoubleTensor IntTensor LongTensor BoolTensor": "torch.tensor(data, dtype=torch.float32)",
        "from_numpy as_tensor asarray frombuffer from_dlpack": "torch.tensor(array) makes a copy",
        "rand randn randint randperm rand_like randn_like randint_like normal seed manual_seed Generator initial_seed "
        "distributions dropout poisson": _RANDOM,
        "empty empty_like range logspace meshgrid scalar_tensor vander tril_indices triu_indices": _MAKE,
        "einsum tensordot chain_matmul cdist cosine_similarity conv1d conv2d conv3d trapz cumulative_trapezoid": _SUMS,
        "binary_cross_entropy_with_logits kl_div cosine_embedding_loss hinge_embedding_loss": _LOSS,
        "hstack vstack dstack column_stack row_stack concatenate": "torch.cat(tensors, dim), torch.stack(tensors, dim)",
        "inference_mode": "torch.no_grad()",
        "special": "its functions are here by themselves: torch.erf, torch.digamma, torch.xlogy",
        "fft signal stft isin searchsorted bucketize": _NUMPY,
        "ops hub Tag library overrides testing": "",
        "fill": "torch.full((2,), 1.0)",
        "svdvals eigh eigvals eigvalsh pinv multi_dot matrix_rank matrix_norm cond": _MATRIX,
        "Function Variable gradcheck gradgradcheck profiler": _AUTOGRAD,
        "backward": "y.backward()",
        "hvp vhp": "jvp and vjp of a function that returns torch.grad(y, x, create_graph=True)",
        "func functorch vmap": "torch.autograd.functional has jacobian, hessian, vjp and jvp",
        "utils": "write the loop over the data in Python",
        "save load": "pickle.dump(x, file) and pickle.load(file)",
        "jit compile fx export": "exprgrad.compile(text, mode='static') defines a program once",
        "set_printoptions": "print(x.numpy()) with numpy.set_printoptions",
        "Size": "a shape is a tuple",
        "var_mean std_mean": "x.var(), x.mean()",
        "threshold celu elu selu rrelu": "torch.where(x > 0, x, y)",
        "broadcast_tensors": _WIDE,
        "is_nonzero": "bool(x)",
        "negative_": "-x",
        "dot_": "",
        "newaxis": "None",
    }
)
