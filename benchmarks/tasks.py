"""What is measured: a row for each task. Who takes part is found by asking (contestants.py)."""

from __future__ import annotations

from itertools import product

from results import Work

SIZES = (10**2, 10**3, 10**4, 10**5, 10**6)
BATCHES = (1, 32, 256)
OPS = ("add", "sub", "mul", "relu", "tanh", "affine")

COMPARED = [
    Work(
        "moons",
        "Two moons: MLP 2-16-16-1 on 100 points, hinge loss and L2 (65,818 scalar nodes)",
        "two_moons",
        base="micrograd",
    ),
    Work(
        "digits in scalars",
        "Digits in scalars: MLP 64-16-10, batch 32 (PyTorch, JAX, tinygrad: tensors)",
        "digits_scalars",
        {"hidden": [16], "batch": 32},
        "micrograd",
        3,
    ),
    *(
        Work(
            f"digits {batch}",
            f"Digits in tensors: MLP 64-64-32-10, float64, batch {batch}, whole steps with SGD",
            "digits_tensors",
            {"hidden": [64, 32], "batch": batch},
            "JAX jit",
        )
        for batch in BATCHES
    ),
    Work("deep", "Figure 7.4: 50 hidden layers of 100 ReLUs, batch 100", "deep_net", {}, "JAX jit"),
    *(
        Work(key, what, task, {}, "JAX jit")
        for key, task, what in (
            (
                "pictures",
                "picture_net",
                "Convolutions: 8 and 16 of 3×3, two max pools and a layer; 32 pictures of 14×14",
            ),
            (
                "residual",
                "residual_net",
                "Three residual blocks of LayerNorm and two layers, 64-64-64; 32 rows",
            ),
            (
                "attention",
                "attention_net",
                "Attention: 8 sequences of 16, 32 channels, 4 heads, LayerNorm",
            ),
        )
    ),
    *(
        Work(
            f"program {size}",
            f"A random program of {size:,} elementwise operations",
            "random_program",
            {"size": size},
            "CasADi SX, virtual machine",
            3,
        )
        for size in SIZES
    ),
]

ALONE = [
    Work(
        "blocks", "replay of 10⁶ operations in blocks of 1,000, {e.nodes:,} nodes", "blocks",
        {"size": 10**6, "block": 1000}, rounds=3, note="{e.each} a node",
    ),
    *(
        Work(
            f"lanes {count} {threads}",
            f"MLP 64-16-10 in {count:,} lanes, {threads} thread" + "s" * (threads > 1),
            "lanes",
            {"count": count, "threads": threads},
            note="{e.each} a scalar operation",
        )
        for threads, count in [
            *product((1,), (1, 4, 16, 64, 256, 1024, 4096, 65_536)),
            *product((2,), (256, 1024, 4096, 65_536)),
        ]
    ),
    *(
        Work(
            f"first {task} {cached}",
            f"{what}: first call in a new process, "
            + ("kernels on disk" if cached else "the first time ever"),
            "first_call",
            {"task": task, "way": way, "settings": settings, "cached": cached},
            unit="s",
        )
        for what, task, way, settings in (
            ("a program of 73,300 operations", "random_program", "**Glassgrad replay, tape**",
             {"size": 73_300}),
            ("two moons", "two_moons", "**Glassgrad replay, lanes**", {}),
            ("digits in tensors", "digits_tensors", "**Glassgrad replay, step by step**",
             {"hidden": [64, 32], "batch": 32}),
        )
        for cached in (False, True)
    ),
    *(
        Work(
            f"opening {samples}",
            f"opening a step of two moons, a batch of {samples}" + " ({e.nodes:,} nodes)",
            "opening",
            {"samples": samples},
            rounds=3,
        )
        for samples in (1, 100)
    ),
    *(
        Work(
            f"drawing {rows}", "drawing {e.nodes:,} nodes", "drawing", {"rows": rows}, rounds=3,
            note="{e.result:,.0f} characters of SVG",
        )
        for rows in (8, 80, 6_250)
    ),
    Work(
        "player", "the player's page of {e.nodes:,} nodes", "player", {"rows": 8}, rounds=3,
        note="{e.result:,.0f} bytes",
    ),
    *(
        Work(
            f"gradcheck {inputs}",
            f"gradcheck of {inputs} inputs",
            "checking",
            {"inputs": inputs},
            rounds=3,
        )
        for inputs in (10, 240)
    ),
    Work(
        "micrograd_demo", "micrograd's demo, 100 steps of replay", "micrograd_demo", rounds=3,
        note="accuracy {e.result:.1%}",
    ),
    Work(
        "digits_training",
        "`nn.fit(…, jit=True)`: digits 64-64-32-10 in scalars, 20 epochs, with recording",
        "digits_training",
        {"hidden": [64, 32], "epochs": 20},
        rounds=2,
        note="accuracy {e.result:.1%} on 360 images held out",
    ),
    *(
        Work(
            f"fit {dtype} {jit}",
            f"`nn.fit(…, jit={jit})`: the same in tensors of {dtype}, 60 epochs, SGD",
            "tensor_training",
            {"epochs": 60, "jit": jit, "dtype": dtype},
            rounds=3,
            note="accuracy {e.result:.1%}",
        )
        for jit in (True, False)
        for dtype in ("float64", "float32")
    ),
    *(
        Work(
            f"overhead {op}",
            f"{op} of a Tensor of 10 numbers, forward and backward: more than NumPy",
            "overhead",
            {"op": op},
            unit="µs",
        )
        for op in OPS
    ),
    *(
        Work(task, what, task, settings, unit="bytes a node")
        for task, what, settings in (
            ("memory_eager", "memory at the peak of an eager step, two moons", {}),
            ("memory_moons", "memory of a recording and its program, two moons", {}),
            ("memory_program", "memory of a recording and its program, 100,000 operations",
             {"size": 10**5}),
        )
    ),
]  # fmt: skip
