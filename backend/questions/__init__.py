"""Questions asked in vain (群众问而未答): kept, gathered into groups, answered, told."""
