"""The solver's figures: seeded problems of the sizes that count, solved, checked, and put beside what is aimed at."""
