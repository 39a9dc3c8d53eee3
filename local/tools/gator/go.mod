module evenkeel/local/tools/gator

go 1.26.0
