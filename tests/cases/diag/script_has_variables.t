#!/bin/sh
IPT=/sbin/iptables
$IPT -A INPUT -j DROP
iptables -A INPUT -s ${NET} -j DROP
iptables -A INPUT -s `cat bad` -j DROP
iptables -A INPUT -s "$(cat bad)" -j DROP
iptables -A INPUT -s 10.0.0.{1,2} -j DROP
iptables -A INPUT -s '$NET' -j DROP
iptables -N a 2>/dev/null
iptables -F &
----
rules:2:1: warning: this changes no rule of iptables: skipped [skipped-command]
  IPT=/sbin/iptables
  ^~~~~~~~~~~~~~~~~~
rules:3:1: error: a variable is the shell's to fill in: run the script, and give tamiz what iptables-save prints then [shell]
  $IPT -A INPUT -j DROP
  ^~~~
rules:4:22: error: a variable is the shell's to fill in: run the script, and give tamiz what iptables-save prints then [shell]
  iptables -A INPUT -s ${NET} -j DROP
                       ^~~~~~
rules:5:22: error: commands in it are the shell's to run: run the script, and give tamiz what iptables-save prints then [shell]
  iptables -A INPUT -s `cat bad` -j DROP
                       ^~~~~~~~~
rules:6:22: error: commands in it are the shell's to run: run the script, and give tamiz what iptables-save prints then [shell]
  iptables -A INPUT -s "$(cat bad)" -j DROP
                       ^~~~~~~~~~~~
rules:7:22: error: braces are the shell's to expand: run the script, and give tamiz what iptables-save prints then [shell]
  iptables -A INPUT -s 10.0.0.{1,2} -j DROP
                       ^~~~~~~~~~~~
rules:9:15: error: a redirection is the shell's to do: run the script, and give tamiz what iptables-save prints then [shell]
  iptables -N a 2>/dev/null
                ^~~~~~~~~~~
rules:10:13: error: jobs in the background have no order: run the script, and give tamiz what iptables-save prints then [shell]
  iptables -F &
              ^
rules:8:22: error: host name '$NET': write its address; a name may mean another one tomorrow [host-name]
  iptables -A INPUT -s '$NET' -j DROP
                       ^~~~~~
