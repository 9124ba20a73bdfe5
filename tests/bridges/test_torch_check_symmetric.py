"""bridge.check of operations that read one triangle of a matrix, beside differences."""

import pytest
import torch

from autograd.bridges import torch as bridge
from autograd.bridges.torch import aten_linalg, aten_ops


def lower(A):
    return torch.linalg.cholesky(A)


PROGRAMS = {
    "eigh": lambda A: torch.linalg.eigh(A)[0][1] + torch.linalg.eigh(A)[1].abs().sum(),
    "eigvalsh": lambda A: torch.linalg.eigvalsh(A, UPLO="U")[0],
    "cholesky": lambda A: lower(A).square()[2].sum(),
    "upper": lambda A: torch.linalg.cholesky(A, upper=True)[0].sum(),
    "batch": lambda A: lower(torch.stack([A, A + torch.eye(3)])).sum(),
    "hermitian pinv": lambda A: torch.linalg.pinv(A, hermitian=True)[0].sum(),
    "normal": lambda A: torch.distributions.MultivariateNormal(A[0].detach(), A).log_prob(A[1]),
}


def checked(program):
    torch.manual_seed(0)
    x = torch.randn(4, 3, dtype=torch.float64, requires_grad=True)
    with bridge.record() as rec:
        loss = program(x.mT @ x)
    return bridge.check(rec[loss])


@pytest.fixture
def no_rules_of_linalg(monkeypatch):
    """Without rules of ours these are compared with differences, as LU and its kin still are."""
    for name in aten_linalg.RULES:
        monkeypatch.delitem(aten_ops.RULES, name)


@pytest.mark.parametrize("name", PROGRAMS)
def test_our_own_rule_of_a_symmetric_matrix_agrees_with_torch(name):
    report = checked(PROGRAMS[name])
    assert report, report
    assert not report.unchecked


@pytest.mark.usefixtures("no_rules_of_linalg")
@pytest.mark.parametrize("name", PROGRAMS)
def test_a_symmetric_gradient_is_not_called_wrong_where_one_triangle_is_read(name):
    report = checked(PROGRAMS[name])
    assert report, report
    assert report.by_differences
    assert not report.unchecked
    assert not report.differences


@pytest.mark.parametrize(
    "program",
    [
        lambda A: torch.cholesky_inverse(lower(A))[0].sum(),
        lambda A: torch.cholesky_solve(A, lower(A).clone())[0].sum(),
    ],
    ids=["cholesky_inverse", "cholesky_solve"],
)
def test_a_gradient_of_the_triangle_that_isnt_read_is_a_convention(program):
    report = checked(program)
    assert report, report
    assert "the triangle that isn't read" in str(report)


@pytest.mark.usefixtures("no_rules_of_linalg")
def test_eigh_of_a_matrix_that_isnt_symmetric_gives_no_verdict():
    """It reads half of it, and torch's gradient is that of a symmetric one."""
    report = checked(lambda A: torch.linalg.eigh(A.tril())[0][0])
    assert report
    (found,) = report.unchecked
    assert "doesn't give what was recorded" in found.why
