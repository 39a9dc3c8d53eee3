module evenkeel/local/tools/adapter

go 1.26.0
