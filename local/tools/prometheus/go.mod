module evenkeel/local/tools/prometheus

go 1.26.0
