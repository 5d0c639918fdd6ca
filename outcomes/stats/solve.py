"""Solving symmetric integer systems exactly."""

from fractions import Fraction

Matrix = list[list[int]]


class Dependent(ArithmeticError):
    """A column follows from the ones before it. `column` is its index."""

    def __init__(self, column: int):
        super().__init__(f"column {column} depends on the ones before it")
        self.column = column


def inverse(matrix: Matrix) -> list[list[Fraction]]:
    """The inverse of a positive definite integer matrix, by fraction-free elimination (Bareiss, 1968).

    Every intermediate number is an integer, a minor of the matrix. Raises Dependent for the first column whose pivot
    is 0, which for a cross-product matrix is the first that is a combination of earlier ones.
    """
    size = len(matrix)
    work = [[*map(int, row), *(int(i == j) for j in range(size))] for i, row in enumerate(matrix)]
    before = 1
    for k in range(size):
        pivot = work[k][k]
        if pivot == 0:
            raise Dependent(k)
        for i in range(size):
            if i != k:
                factor = work[i][k]
                work[i] = [(pivot * x - factor * y) // before for x, y in zip(work[i], work[k], strict=True)]
        before = pivot
    return [[Fraction(x, row[i]) for x in row[size:]] for i, row in enumerate(work)]
