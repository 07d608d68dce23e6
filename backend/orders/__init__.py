"""Orders (工单): their life, how they are kept, and the words the citizen is told."""
